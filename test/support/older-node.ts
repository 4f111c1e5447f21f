// A module for `node --import` that simulates a Node version that cannot run TypeScript.

Object.defineProperty(process.versions, 'node', { value: '20.1.0' });
