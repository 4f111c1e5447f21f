import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Loaded by `node --import`. Writes the addresses of all modules that were loaded to the file of LOADED_MODULES, when the process ends.

const loaded = new Set<string>();

registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});

process.on('exit', () => {
  const { LOADED_MODULES: file } = process.env;
  if (file) writeFileSync(file, [...loaded].join('\n'));
});
