import { spawnSync } from 'node:child_process';

// npm run prove:questions. A real browser finds the answers to five questions of a new operator in the console. The run prints
// the clicks and the time of each. More than three clicks fail.

const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'test/console/questions.test.ts'];
const env = { ...process.env, QUESTIONS: 'print' };
process.exitCode = spawnSync(process.execPath, vitest, { env, stdio: 'inherit' }).status ?? 1;
