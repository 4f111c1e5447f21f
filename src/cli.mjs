import './require-node.mjs';

// In front of TypeScript, as main.mjs is.
await import('./cli/commands.ts');
