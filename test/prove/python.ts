import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// npm run prove:python. Installs the Python package with what it needs into a folder of its own, checks its types, and runs
// its tests: by themselves, and against a running broker. It needs Python 3.11, pip and a package registry.

const folder = mkdtempSync(path.join(os.tmpdir(), 'symbolon-python-'));
const source = path.join(folder, 'source');
const packages = path.join(folder, 'packages');
const environment = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };

function run(command: string, args: readonly string[], cwd = process.cwd(), more: NodeJS.ProcessEnv = {}) {
  execFileSync(command, args, { cwd, stdio: 'inherit', env: { ...environment, ...more } });
}

try {
  // The build writes beside the source.
  cpSync('clients/python', source, { recursive: true });
  const tools = ['pytest==9.2.0', 'mypy==2.4.1'];
  const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];
  run('python3', ['-m', 'pip', 'install', ...quiet, '--target', packages, source, ...tools]);
  run('python3', ['-m', 'mypy', '--cache-dir', path.join(folder, 'types')], source);
  run('python3', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests'], source);
  run('npx', ['vitest', 'run', 'test/client/python.test.ts'], undefined, { PYTHON_CLIENT: packages });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
