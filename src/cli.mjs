import './require-node.mjs';
import './compiled-code.mjs';

// In front of TypeScript, as main.mjs is.
const { runCommandLine } = await import('./cli/commands.ts');
await runCommandLine();
