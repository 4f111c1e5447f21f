import { runAbroad } from './run-abroad.ts';

await runAbroad('America/New_York');
