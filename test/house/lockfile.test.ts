import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const entry = z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) });
const lockfile = z.object({ packages: z.record(z.string(), entry) });

// npm leaves packages for other platforms out of the lockfile when the registry at hand does not have them, and `npm ci`
// then refuses the lockfile everywhere.
test('the lockfile names the packages of every platform, so that npm ci accepts it', () => {
  const { packages } = lockfile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});
