import './require-node.mjs';
import './compiled-code.mjs';

// In front of TypeScript, so that an older Node comes as far as this. `main.ts` is a link to it: Node looks at the end
// of a file's real name, and would refuse `.ts` before it reads a word.
const { main } = await import('./assembly/run.ts');
await main();
