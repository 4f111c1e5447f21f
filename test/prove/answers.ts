import { spawnSync } from 'node:child_process';

// npm run prove:answers [-- count [seed]]. Ten thousand refreshes answered by a provider whose answers are mutated around
// valid ones: after each the next refresh must present the refresh token that came. The seed stands in the test's name.

const [count = '10000', seed] = process.argv.slice(2);
const env = { ...process.env, ANSWERS: count, ...(seed !== undefined && { ANSWERS_SEED: seed }) };
const vitest = [
  'node_modules/vitest/vitest.mjs',
  'run',
  'test/vault/odd-answers.test.ts',
  '--reporter=verbose',
];
process.exitCode = spawnSync(process.execPath, vitest, { env, stdio: 'inherit' }).status ?? 1;
