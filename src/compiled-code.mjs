import module from 'node:module';
import path from 'node:path';

// Node strips the types and compiles again at each start, unless it may keep what it has compiled. It is kept beside the packages:
// an account that can write there can change the code itself, unlike the shared folder for temporary files, which is Node's
// default. Where it cannot be written, nothing is kept.
const compiledCode = path.join(import.meta.dirname, '../node_modules/.cache/compiled');

if (process.env.NODE_COMPILE_CACHE === undefined) module.enableCompileCache(compiledCode);
