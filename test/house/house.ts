import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readSource, type Source } from './read-source.ts';

/** The sources under `src`, without Prisma's generated files. */
export interface House {
  readonly sources: readonly Source[];
  /** Returns the file that an import leads to, or the name of the package. */
  target(source: Source, specifier: string): string;
}

/** They check the version of Node.js before anything in TypeScript is loaded. */
const entries = ['src/cli.mjs', 'src/main.mjs', 'src/require-node.mjs', 'src/compiled-code.mjs'];

/** Browsers run it. */
const ownScript = 'src/http/assets/console.js';

/** @param root the directory of the project, that of another checkout for instance */
export function readHouse(root = '.'): House {
  const files = globSync('src/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}', { cwd: root }).filter(
    (file) => !file.startsWith('src/generated/') && ![...entries, ownScript].includes(file),
  );
  const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
  return houseOf(Object.fromEntries(files.sort().map((file) => [file, read(file)])));
}

export function houseOf(files: Readonly<Record<string, string>>): House {
  return { sources: Object.entries(files).map(([path, text]) => readSource(path, text)), target };
}

function target({ path: from }: Source, specifier: string): string {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier);
  const depth = specifier.startsWith('@') ? 2 : 1;
  return specifier.startsWith('node:') ? specifier : specifier.split('/').slice(0, depth).join('/');
}

/** Returns the room of a file: its folder under `src`. A file at the top of `src` is a room by its name. */
export function roomOf(file: string): string {
  const [, first = ''] = file.split('/');
  return first.replace(/\.ts$/, '');
}
