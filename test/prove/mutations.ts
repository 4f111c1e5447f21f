import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';

// npm run prove:mutations [seed]. 10,000 mutated records of each product are imported: dry, in earnest, and again.
// The names of the tests have the seed, which repeats a run.

const seed = process.argv[2] ?? String(randomInt(2 ** 31));
const settings = { MUTATED_RECORDS: '10000', MUTATION_SEED: seed };
const command = ['node_modules/vitest/vitest.mjs', 'run', 'test/imports/mutations.test.ts'];
const tests = spawn(process.execPath, command, { stdio: 'inherit', env: { ...process.env, ...settings } });
tests.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
