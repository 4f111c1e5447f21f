import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// npm run prove:keycloak-connect. Installs Keycloak's adapter for Node into a folder of its own, without the browser driver
// that it brings, and runs its test.

const version = '26.1.1';
const folder = mkdtempSync(path.join(os.tmpdir(), 'symbolon-keycloak-'));
const inherit = { stdio: 'inherit' } as const;
try {
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', '--prefix', folder, ...flags, `keycloak-connect@${version}`], inherit);
  const env = { ...process.env, KEYCLOAK_CONNECT: folder };
  execFileSync('npx', ['vitest', 'run', 'test/dialects/keycloak-connect.test.ts'], { ...inherit, env });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
