// For `node --import`: as if it were a Node that runs no TypeScript.

Object.defineProperty(process.versions, 'node', { value: '20.1.0' });
