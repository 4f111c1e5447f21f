import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { atEnd } from '../support/at-end.ts';
import { begin, createShell, ended } from '../support/command.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { freePort } from '../support/world.ts';

// A start with wrong settings ends at once, with one line that names the setting.

let database: string;
const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-configuration-'));
atEnd(() => rm(directory, { recursive: true }));

beforeAll(async () => {
  database = await freshDatabaseUrl();
});

const shell = createShell();
const start = (settings: Readonly<Record<string, string>>) => shell(['start'], settings);

const goodKey = `k1:${randomBytes(32).toString('base64')}`;
const production = () => ({
  NODE_ENV: 'production',
  DATABASE_URL: database,
  PUBLIC_URL: 'https://id.example',
  ENCRYPTION_KEYS: goodKey,
  LOG_LEVEL: 'silent',
});

describe('a start is refused', () => {
  it.each([
    [
      'in production without anything',
      { NODE_ENV: 'production' },
      /DATABASE_URL: required[\s\S]*PUBLIC_URL: required[\s\S]*ENCRYPTION_KEYS: required/,
    ],
    [
      'in production with an http issuer',
      { PUBLIC_URL: 'http://id.example' },
      /^symbolon: PUBLIC_URL: must be https/,
    ],
    [
      'with a short key',
      { ENCRYPTION_KEYS: 'k1:c2hvcnQ=' },
      /^symbolon: ENCRYPTION_KEYS: key k1 must be 32 bytes/,
    ],
    [
      'with a key that is not random',
      { ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` },
      /not random/,
    ],
    [
      'with a key that is no base64',
      { ENCRYPTION_KEYS: 'k1:%%%%' },
      /^symbolon: ENCRYPTION_KEYS: key k1 must be/,
    ],
    [
      'with a key without an id',
      { ENCRYPTION_KEYS: randomBytes(32).toString('hex') },
      /^symbolon: ENCRYPTION_KEYS: must be kid:base64key/,
    ],
    [
      'with a key id given twice',
      { ENCRYPTION_KEYS: `${goodKey},${goodKey}` },
      /^symbolon: ENCRYPTION_KEYS: a key id appears twice/,
    ],
    [
      'with a weak admin token',
      { ADMIN_API_TOKEN: 'admin' },
      /^symbolon: ADMIN_API_TOKEN: must have at least 32/,
    ],
    [
      'with an issuer that has a path',
      { PUBLIC_URL: 'https://id.example/a' },
      /^symbolon: PUBLIC_URL: must be scheme, host and port/,
    ],
    [
      'with an issuer that has an empty query',
      { PUBLIC_URL: 'https://id.example/?' },
      /^symbolon: PUBLIC_URL: must be scheme, host and port/,
    ],
    [
      'with an issuer that has an empty fragment',
      { PUBLIC_URL: 'https://id.example#' },
      /^symbolon: PUBLIC_URL: must be scheme, host and port/,
    ],
    [
      'with an issuer that has a query',
      { PUBLIC_URL: 'https://id.example?a=b' },
      /^symbolon: PUBLIC_URL: must be scheme, host and port/,
    ],
    ['with a port that changes at each start', { PORT: '0' }, /^symbolon: PORT: must not be 0/],
    [
      'with such a port in developer mode',
      { NODE_ENV: 'development', PORT: '0' },
      /^symbolon: PORT: must not be 0/,
    ],
    [
      'with a database that is none',
      { DATABASE_URL: 'mysql://x' },
      /^symbolon: DATABASE_URL: must start with postgresql/,
    ],
    [
      'with a database that cannot be reached',
      { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x' },
      /^symbolon: DATABASE_URL: PostgreSQL cannot be reached/,
    ],
    [
      'with a database on another host and without TLS',
      { DATABASE_URL: 'postgresql://u:p@db.example/x' },
      /^symbolon: DATABASE_URL: the connection to db.example has no TLS; add \?sslmode=verify-full/,
    ],
    [
      'with such a database for notifications',
      { DIRECT_DATABASE_URL: 'postgresql://u:p@db.example/x?sslmode=disable' },
      /^symbolon: DIRECT_DATABASE_URL: the connection to db.example has no TLS/,
    ],
    [
      'with a database, if nothing says whether this is production',
      { NODE_ENV: '' },
      /^symbolon: NODE_ENV: must be stated when DATABASE_URL is set/,
    ],
    [
      'with a secret given twice',
      { DATABASE_URL_FILE: '/run/secrets/database' },
      /^symbolon: DATABASE_URL, DATABASE_URL_FILE: both are set/,
    ],
    [
      'with a secret in a file that is missing',
      { ADMIN_API_TOKEN_FILE: '/run/secrets/none' },
      /^symbolon: ADMIN_API_TOKEN_FILE: \/run\/secrets\/none cannot be read \(ENOENT\)/,
    ],
    ['with a port that is no number', { PORT: 'http' }, /^symbolon: PORT: must be a whole number/],
    [
      'with one port for two things',
      { PORT: '4999', METRICS_PORT: '4999' },
      /^symbolon: METRICS_PORT: port 4999 is given twice/,
    ],
    [
      'with an address of another machine',
      { PORT: '4998', HOST: '192.0.2.1' },
      /^symbolon: HOST: 192.0.2.1 is no address to listen on/,
    ],
    [
      'with a data directory that cannot be made',
      { NODE_ENV: 'development', PORT: '4997', LAB_PORT: '0', DEMO_PORT: '0', DATA_DIR: 'package.json/data' },
      /^symbolon: DATA_DIR: package.json\/data cannot be used \(ENOTDIR\)/,
    ],
  ])('%s', async (_name, settings, line) => {
    const { code, stderr } = await start({
      ...production(),
      ...('NODE_ENV' in settings && settings.NODE_ENV !== '' && clear()),
      ...settings,
    });
    expect(stderr.trim()).toMatch(line);
    expect(code).toBe(1);
    // The output has one line a setting, and no stack.
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('as a process of its own, too', async () => {
    const { code, stderr } = await ended(begin('main', [], { NODE_ENV: 'production' }));
    expect(stderr).toMatch(/^symbolon: DATABASE_URL: required/);
    expect(code).toBe(1);
  });

  it('if a port is taken', async () => {
    const port = await freePort();
    const squatter = await listen(port);
    try {
      const { code, stderr } = await start({ ...production(), PORT: String(port), HOST: '127.0.0.1' });
      expect({ code, stderr: stderr.trim() }).toEqual({
        code: 1,
        stderr: `symbolon: PORT: port ${port} on 127.0.0.1 cannot be used (taken); set another`,
      });
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });

  it('if the database is sealed with a missing key', async () => {
    await shell(
      ['connections', 'add', 'github', '--provider', 'github', '--client-id', 'x', '--client-secret', '-'],
      production(),
      'y',
    );
    const other = `k2:${randomBytes(32).toString('base64')}`;
    const port = String(await freePort());
    const { code, stderr } = await start({ ...production(), PORT: port, ENCRYPTION_KEYS: other });
    expect(stderr).toMatch(/^symbolon: ENCRYPTION_KEYS: .*k1/);
    expect(code).toBe(1);
  });
});

describe('the public address', () => {
  it.each([
    ['https://ID.Example.COM', 'https://id.example.com'],
    ['HTTPS://id.example.com:443/', 'https://id.example.com'],
    ['https://id.example.com:8443//', 'https://id.example.com:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://[2001:DB8::0001]/', 'https://[2001:db8::1]'],
  ])('%s is normalised as browsers write it', (given, issuer) => {
    expect(readConfig({ ...production(), PUBLIC_URL: given }).issuer).toBe(issuer);
  });

  it('can switch the limits on agents and new apps off, and not below', () => {
    const { agentLimits, newAppLimits } = readConfig({
      ...production(),
      AGENT_LIMIT_WAITING: '3',
      AGENT_LIMIT_CALLS: '0',
      NEW_APP_LIMIT: '0',
    });
    expect([agentLimits.waiting, agentLimits.callsAMinute, agentLimits.links]).toEqual([3, Infinity, 10]);
    expect([newAppLimits.all, newAppLimits.network]).toEqual([Infinity, 10]);
    expect(() => readConfig({ ...production(), AGENT_LIMIT_LINKS: '-1' })).toThrow('AGENT_LIMIT_LINKS');
  });
});

describe('a secret in a file', () => {
  const inFiles = {
    ADMIN_API_TOKEN: randomBytes(24).toString('hex'),
    DATABASE_URL: 'postgresql://u:p@127.0.0.1/file',
  };

  it('counts as if the setting had its value', async () => {
    const files = await Promise.all(
      Object.entries(inFiles).map(async ([name, value]) => [`${name}_FILE`, await secretFile(`${value}\n`)]),
    );
    const { DATABASE_URL: _, ...others } = production();
    const config = readConfig({ ...others, ...Object.fromEntries(files) });
    expect(config.databaseUrl).toBe(inFiles.DATABASE_URL);
    expect(config.adminApiToken?.reveal()).toBe(inFiles.ADMIN_API_TOKEN);
  });

  it.each([
    ['is empty', ' \n', 0o600, /^ADMIN_API_TOKEN_FILE: .* is empty$/],
    ['is too short', 'admin', 0o600, /^ADMIN_API_TOKEN: must have at least 32/],
    [
      'others may read',
      'a'.repeat(40),
      0o644,
      /^ADMIN_API_TOKEN_FILE: .* is open to group or others \(mode 644\)/,
    ],
  ])('is refused if it %s', async (_name, text, mode, message) => {
    const file = await secretFile(text, mode);
    expect(() => readConfig({ ...production(), ADMIN_API_TOKEN_FILE: file })).toThrow(message);
  });
});

describe('an older Node', () => {
  it.each(['main', 'cli'])('is reported in a sentence by %s', async (program) => {
    const older = path.join(import.meta.dirname, '../support/older-node.ts');
    const child = begin(program === 'main' ? 'main' : 'cli', [], { NODE_OPTIONS: `--import=${older}` });
    const { code, stderr } = await ended(child);
    expect(stderr).toMatch(/^symbolon: Node 20\.1\.0 cannot run this, which needs Node 24 or newer.*\n$/);
    expect(code).toBe(1);
    // Node refuses a file name that ends in `.ts` without reading it, and it resolves links first.
    expect(realpathSync(`src/${program}.ts`)).toMatch(/\.mjs$/);
  });
});

describe('a command is refused', () => {
  it('for an unknown provider, with the list of known ones', async () => {
    const { code, stderr } = await shell(
      ['connections', 'add', 'x', '--provider', 'myspace', '--client-id', 'x'],
      production(),
    );
    expect(stderr).toMatch(/myspace.*wechat-web/s);
    expect(code).toBe(1);
  });

  it.each([
    [
      'a client secret',
      ['--client-secret', 'literal-secret'],
      /^symbolon: --client-secret: a secret is not an argument/,
    ],
    [
      'a secret option',
      ['--option', 'verify_token=literal-secret'],
      /^symbolon: --option verify_token: a secret is not/,
    ],
    [
      'two secrets of one input',
      ['--client-secret', '-', '--option', 'verify_token=-'],
      /^symbolon: --option verify_token: --client-secret reads standard input already/,
    ],
  ])('for %s as an argument, without repeating it', async (_name, args, message) => {
    const { code, stderr } = await shell(
      ['connections', 'add', 'x', '--provider', 'strava', '--client-id', 'x', ...args],
      production(),
      'secret',
    );
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('literal-secret');
    expect(code).toBe(1);
  });

  it('for a malformed redirect URI, and nothing is stored', async () => {
    const { code, stderr } = await shell(
      ['apps', 'create', '--name', 'x', '--redirect-uri', 'javascript:alert(1)'],
      production(),
    );
    expect(stderr).toBe('symbolon: --redirect-uri: "javascript:alert(1)" has a scheme that is not allowed\n');
    expect(code).toBe(1);
  });
});

async function secretFile(text: string, mode = 0o600): Promise<string> {
  const file = path.join(await mkdtemp(path.join(directory, 'secret-')), 'value');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

function clear(): Record<string, string> {
  return { DATABASE_URL: '', PUBLIC_URL: '', ENCRYPTION_KEYS: '' };
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
