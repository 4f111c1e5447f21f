import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Returns the shell condition of the Dockerfile that checks the base image. */
function check(): string {
  const [, command = ''] = /^RUN (case [\s\S]*?esac)$/m.exec(dockerfile) ?? [];
  return command;
}

describe('the image', () => {
  it('starts from a base image by digest alone, which has no default', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases)).toEqual(new Set([`\${NODE_IMAGE}`]));
    expect(dockerfile).not.toMatch(/^ARG NODE_IMAGE=/m);
  });

  it.each([
    [`node:24-slim@${digest}`, 0],
    ['node:24-slim', 1],
    ['', 1],
  ])('built from %j ends with %d', (NODE_IMAGE, status) => {
    const built = spawnSync('sh', ['-c', check()], { env: { NODE_IMAGE }, encoding: 'utf8' });
    expect(built.status).toBe(status);
    if (status > 0) expect(built.stderr).toContain('npm run base-image');
  });

  it('has neither the Prisma CLI nor the packages for a platform', () => {
    expect(dockerfile).toMatch(/^RUN npm run build && npm prune --omit=dev --omit=optional$/m);
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(dependencies)).not.toContain('prisma');
  });

  it('starts the broker as npm start does', () => {
    const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(JSON.parse(command).join(' ')).toBe(scripts.start);
    expect(scripts.start).toContain('--max-semi-space-size=16');
  });
});

describe('npm run base-image', () => {
  /** Runs the script with a command `docker` that answers with this text. */
  function run(answer: string, status = 0) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'symbolon-docker-'));
    const script = `#!/bin/sh\necho "${answer}"\nexit ${status}\n`;
    writeFileSync(path.join(folder, 'docker'), script);
    chmodSync(path.join(folder, 'docker'), 0o755);
    const shell = execFileSync('sh', ['-c', 'command -v sh'], { encoding: 'utf8' }).trim();
    const env = { PATH: `${folder}${path.delimiter}${path.dirname(shell)}` };
    return spawnSync(process.execPath, ['deploy/base-image.mjs'], { env, encoding: 'utf8' });
  }

  it('prints the setting with the digest that Docker tells', () => {
    expect(run(digest)).toMatchObject({ status: 0, stdout: `NODE_IMAGE=node:24-slim@${digest}\n` });
  });

  it.each([
    ['no digest', 0],
    [digest, 1],
  ])('prints no setting if Docker answers %j with %d', (answer, status) => {
    const { stdout, stderr, status: ended } = run(answer, status);
    expect({ stdout, ended }).toEqual({ stdout: '', ended: 1 });
    expect(stderr).toContain('docker does not tell the digest');
  });
});
