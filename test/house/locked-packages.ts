import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const names = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string()));
const entry = z.object({
  version: z.string(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  optional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  os: names.default([]),
  cpu: names.default([]),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
const lockfile = z.object({ packages: z.record(z.string(), z.unknown()) });

export interface LockedPackage extends z.infer<typeof entry> {
  readonly name: string;
  /** The package's folder. */
  readonly path: string;
}

/** Returns the packages in package-lock.json, for all platforms. */
export function lockedPackages(): readonly LockedPackage[] {
  const { packages } = lockfile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const { '': _, ...others } = packages;
  return Object.entries(others).map(([folder, value]) => ({
    ...entry.parse(value),
    path: folder,
    name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
  }));
}

/** Returns the packages of the image: no tools of development, and no package for a platform. */
export function shippedPackages(): readonly LockedPackage[] {
  return lockedPackages().filter(({ dev, devOptional, optional }) => !dev && !devOptional && !optional);
}

/** Returns the licence that a package's file states, for a package whose manifest states none. */
export function licenceText({ path: folder }: LockedPackage): string | undefined {
  for (const name of ['LICENSE', 'LICENSE.md', 'README.md', 'Readme.md']) {
    try {
      return readFileSync(path.join(folder, name), 'utf8');
    } catch {}
  }
  return undefined;
}
