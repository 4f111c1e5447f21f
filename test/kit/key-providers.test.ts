import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';
import type { KeyProvider } from '../../src/kit/keys/key-provider.ts';
import { isOpenToOthers, readSecretFile } from '../../src/kit/secret-file.ts';
import { atEnd } from '../support/at-end.ts';

const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-keys-'));
atEnd(() => rm(directory, { recursive: true }));

const entry = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2] = [entry('k1'), entry('k2')];
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://db/x',
  PUBLIC_URL: 'https://id.example',
};

async function fileWith(text: string, mode = 0o600): Promise<string> {
  const file = path.join(directory, randomBytes(4).toString('hex'));
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

const inFile = async (text: string, mode?: number) =>
  readConfig({ ...production, ENCRYPTION_KEYS_FILE: await fileWith(text, mode) }).keys;
const inEnvironment = (text: string) => readConfig({ ...production, ENCRYPTION_KEYS: text }).keys;
const ids = async (provider: KeyProvider) => (await provider.load()).map(({ id }) => id);

describe('the same entries', () => {
  it.each([
    ['separated by commas', `${k2},${k1}`],
    ['one a line', `${k2}\n${k1}\n`],
    ['with comments and blank lines', `# the current one\n${k2} # since May\n\n  ${k1},\r\n`],
  ])('%s are read from the file and from the environment', async (_name, text) => {
    for (const provider of [await inFile(text), inEnvironment(text)]) {
      expect(await ids(provider)).toEqual(['k2', 'k1']);
    }
  });

  it.each([
    ['none', '# nothing yet\n', 'holds no key'],
    ['a short one', 'k1:c2hvcnQ=', 'key k1 must be 32 bytes'],
    ['one twice', `${k1}\n${k1}`, 'a key id appears twice'],
    [
      'one that was not drawn at random',
      `k1:${Buffer.alloc(32, 7).toString('base64')}`,
      'key k1 is not random',
    ],
    ['one without a name', randomBytes(32).toString('hex'), 'must be kid:base64key'],
  ])('are refused: %s', async (_name, text, line) => {
    for (const provider of [await inFile(text), inEnvironment(text)]) {
      await expect(provider.load()).rejects.toThrow(line);
    }
  });
});

describe('a file', () => {
  it.each([0o644, 0o640, 0o604, 0o660])(
    'that other users may read is refused in production (%o)',
    async (mode) => {
      await expect((await inFile(k1, mode)).load()).rejects.toThrow(
        `is open to group or others (mode ${mode.toString(8)}); chmod 600 it`,
      );
    },
  );

  // Kubernetes mounts secrets for a process that is not root as files of root, readable for the pod's group.
  it.each([
    ['root’s, readable for the group of another user', 0o440, 0, 65_534, false],
    ['root’s, with the default mode under fsGroup', 0o640, 0, 65_534, false],
    ['root’s, readable for others', 0o444, 0, 65_534, true],
    ['root’s, writable for the group', 0o660, 0, 65_534, true],
    ['root’s, readable for the group, and the process is root', 0o440, 0, 0, true],
    ['the process’s own, readable for its group', 0o440, 1000, 1000, true],
    ['the process’s own', 0o400, 1000, 1000, false],
    ['another user’s, readable for the group', 0o640, 1001, 1000, true],
  ])('that is %s', (_name, mode, uid, processUid, open) => {
    expect(isOpenToOthers({ mode, uid }, processUid)).toBe(open);
  });

  it('may be readable for others in development', async () => {
    const file = await fileWith(k1, 0o644);
    expect(await ids(readConfig({ ENCRYPTION_KEYS_FILE: file }).keys)).toEqual(['k1']);
  });

  it.each([
    ['that is not there', path.join(directory, 'absent'), 'ENOENT'],
    ['that is a directory', directory, 'EISDIR'],
  ])('%s is reported', async (_name, file, code) => {
    const { keys } = readConfig({ ENCRYPTION_KEYS_FILE: file });
    await expect(keys.load()).rejects.toThrow(`${file} cannot be read (${code})`);
  });

  it('that is a directory open to others is not advised to be closed', async () => {
    await expect(readSecretFile('/', { production: true })).rejects.toThrow('/ cannot be read (EISDIR)');
  });

  it('that is no regular file, or too large for a secret, is refused without a wait, like that of each setting', async () => {
    const pipe = path.join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const large = await fileWith('k'.repeat(64 * 1024 + 1));
    for (const [file, why] of [
      ['/dev/zero', 'is no regular file'],
      [pipe, 'is no regular file'],
      [large, 'is larger than 64 KiB'],
    ] as const) {
      const { keys } = readConfig({ ENCRYPTION_KEYS_FILE: file });
      await expect(keys.load()).rejects.toThrow(`${file} ${why}`);
      expect(() => readConfig({ DATABASE_URL_FILE: file })).toThrow(`DATABASE_URL_FILE: ${file} ${why}`);
    }
    const most = await fileWith(`postgresql://db/${'x'.repeat(64 * 1024 - 17)}\n`);
    expect(readConfig({ DATABASE_URL_FILE: most }).databaseUrl).toHaveLength(64 * 1024 - 1);
  });

  it('is read anew at each start', async () => {
    const file = await fileWith(k1);
    const { keys } = readConfig({ ...production, ENCRYPTION_KEYS_FILE: file });
    expect(await ids(keys)).toEqual(['k1']);
    await writeFile(file, `${k2}\n${k1}`);
    expect(await ids(keys)).toEqual(['k2', 'k1']);
  });
});

test('the two settings together are refused, in any mode', () => {
  const both = { ENCRYPTION_KEYS: k1, ENCRYPTION_KEYS_FILE: '/run/keys' };
  for (const settings of [both, { ...production, ...both }]) {
    expect(() => readConfig(settings)).toThrow(ConfigError);
    expect(() => readConfig(settings)).toThrow('ENCRYPTION_KEYS, ENCRYPTION_KEYS_FILE: both are set');
  }
});

test('the key provider names the setting that the operator has to correct', () => {
  expect(readConfig({}).keys.setting).toBe('DATA_DIR');
  expect(inEnvironment(k1).setting).toBe('ENCRYPTION_KEYS');
  expect(readConfig({ ENCRYPTION_KEYS_FILE: 'x' }).keys.setting).toBe('ENCRYPTION_KEYS_FILE');
});

test('keys are not printed with the configuration', () => {
  const config = readConfig({ ...production, ENCRYPTION_KEYS: k1 });
  expect(JSON.stringify(config)).not.toContain(k1.slice(3));
});
