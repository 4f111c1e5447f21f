import { runAbroad } from './run-abroad.ts';

await runAbroad('Asia/Shanghai');
