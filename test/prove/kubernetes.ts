import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

// npm run prove:kubernetes. Installs the models of Kubernetes (kubernetes-models, made from its OpenAPI document) into a folder of
// its own, validates each manifest of deploy/kubernetes, and lets the compiler refuse fields that Kubernetes does not know.

const models = 'kubernetes-models@5.1.0';
const folder = 'deploy/kubernetes';
const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-kubernetes-'));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

async function manifests(): Promise<readonly Manifest[]> {
  const { resources } = parse(await readFile(`${folder}/kustomization.yaml`, 'utf8')) as {
    resources: string[];
  };
  const texts = [...resources, 'configure.yaml'].map((file) => readFile(`${folder}/${file}`, 'utf8'));
  return (await Promise.all(texts)).flatMap((text) =>
    parseAllDocuments(text).map((one) => one.toJS() as Manifest),
  );
}

const moduleOf = ({ apiVersion, kind }: Manifest) => `kubernetes-models/${apiVersion}/${kind}`;

/** Returns the faults of a manifest against the schema of its kind, or undefined. */
async function faultOf(manifest: Manifest): Promise<string | undefined> {
  const script = path.join(directory, 'validate.mjs');
  await writeFile(
    script,
    `import { ${manifest.kind} } from '${moduleOf(manifest)}';\nnew ${manifest.kind}(${JSON.stringify(manifest)}).validate();\n`,
  );
  return await import(`${pathToFileURL(script).href}?${manifest.kind}-${manifest.metadata.name}`).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

/** Returns the compiler's words on fields that no kind has. */
async function unknownFields(all: readonly Manifest[]): Promise<string> {
  const lines = all.flatMap((one, index) => [
    `import type { I${one.kind} as Kind${index} } from '${moduleOf(one)}';`,
    `export const manifest${index}: Kind${index} = ${JSON.stringify(one, null, 1)};`,
  ]);
  await writeFile(path.join(directory, 'fields.ts'), lines.join('\n'));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
  const compiler = path.resolve('node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, ...options, 'fields.ts'], { cwd: directory, stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stdout?: Buffer }).stdout ?? error);
  }
}

try {
  await writeFile(path.join(directory, 'package.json'), '{"private":true,"type":"module"}');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', models], {
    cwd: directory,
    stdio: 'ignore',
  });
  const all = await manifests();
  const faults = [];
  for (const one of all) {
    const fault = await faultOf(one);
    process.stdout.write(`${one.kind} ${one.metadata.name}: ${fault ?? 'valid'}\n`);
    if (fault !== undefined) faults.push(fault);
  }
  const unknown = await unknownFields(all);
  process.stdout.write(unknown === '' ? 'no unknown field\n' : unknown);
  process.exitCode = faults.length === 0 && unknown === '' ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
