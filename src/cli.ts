import './require-node.mjs';

// In front of TypeScript, as main.mjs is.
const { runCommandLine } = await import('./cli/commands.ts');
await runCommandLine();
