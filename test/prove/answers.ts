import { spawnSync } from 'node:child_process';

// npm run prove:answers [-- count [seed]]. Runs ten thousand refreshes with mutated answers: after each the
// next refresh must send the newest refresh token. The test's name contains the seed.

const [count = '10000', seed] = process.argv.slice(2);
const env = { ...process.env, ANSWERS: count, ...(seed !== undefined && { ANSWERS_SEED: seed }) };
const vitest = [
  'node_modules/vitest/vitest.mjs',
  'run',
  'test/vault/odd-answers.test.ts',
  '--reporter=verbose',
];
process.exitCode = spawnSync(process.execPath, vitest, { env, stdio: 'inherit' }).status ?? 1;
