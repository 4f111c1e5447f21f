import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// `npm run sbom` writes the packages of the image as CycloneDX to dist/sbom.cdx.json, with the digests of the lockfile. `npm
// sbom --omit` leaves out packages that development and production share, so the list is cut here: the tools of development
// and the packages for a platform are not in the image (Dockerfile).

const place = 'dist/sbom.cdx.json';
const windows = process.platform === 'win32';
const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
const text = execFileSync(windows ? 'npm.cmd' : 'npm', args, {
  encoding: 'utf8',
  shell: windows,
  maxBuffer: 2 ** 26,
});
const bill = JSON.parse(text);

const { name, packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const shipped = new Set(
  Object.entries(packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`),
);
const kept = ({ ref }) => shipped.has(ref) || ref === bill.metadata.component['bom-ref'];

bill.metadata.component.name = name;
bill.components = bill.components.filter((part) => shipped.has(`${part.name}@${part.version}`));
bill.dependencies = bill.dependencies
  .filter(kept)
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => shipped.has(other)) }));

mkdirSync('dist', { recursive: true });
writeFileSync(place, `${JSON.stringify(bill, undefined, 2)}\n`);
console.info(`${place}: ${bill.components.length} components`);
