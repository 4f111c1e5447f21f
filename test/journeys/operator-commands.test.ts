import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/kit/version.ts';
import { createLab, type RunningLab } from '../../src/lab/lab.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell, runCommand } from '../support/command.ts';
import { freshDatabaseUrl } from '../support/database.ts';

// `symbolon connections …` and `symbolon apps …` as an operator runs them.

const databaseUrl = await freshDatabaseUrl();
const issuer = 'https://id.example.com';
let lab: RunningLab;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  lab = await createLab({ redirectOrigins: [issuer] }).listen(0);
  env = {
    NODE_ENV: 'production',
    PUBLIC_URL: issuer,
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
  };
});
atEnd(() => lab.close());

const shell = createShell();
const run = (args: readonly string[], input?: string) => shell(['connections', ...args], env, input);
const apps = (...args: readonly string[]) => shell(['apps', ...args], env);

/** Registers the lab's client, with this secret. */
async function add(alias: string, profile: string, secret?: string) {
  const found = lab.connections().find(({ name }) => name === profile);
  if (!found) throw new Error(`the lab has no ${profile}`);
  const endpoints = Object.entries(found.endpoints).map(([name, url]) => `${name}=${url}`);
  return await run(
    // biome-ignore format: one option a line reads no better
    ['add', alias, '--provider', found.provider, '--client-id', found.clientId, '--client-secret', '-', '--endpoint', ...endpoints],
    secret ?? found.clientSecret,
  );
}

it('the command line says its version', async () => {
  const { stdout, code } = await shell(['--version'], env);
  expect({ stdout, code }).toEqual({ stdout: `${version}\n`, code: 0 });
});

describe('the command', { timeout: 60_000 }, () => {
  it('prints what to register, and that all is well', async () => {
    const added = await add('mine', 'facebook');
    expect(added.stderr).toBe('');
    expect(added.stdout).toContain(`${issuer}/connections/mine/callback\n`);
    expect(added.stdout).toContain(`${issuer}/connections/mine/signals\n`);
    expect(added.stdout).toMatch(/Deauthorize callback URL/);
    const checked = await runCommand(['connections', 'check', 'mine'], env);
    expect(checked.stdout).toContain(`${issuer}/connections/mine/signals\n`);
    expect(checked.stdout).toMatch(/^ok +token-endpoint +It refused only the made-up code/m);
    expect(checked.stdout).toMatch(/^ok +clock/m);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
  });

  it('fails if something has to be fixed, and prints no secret', async () => {
    const secret = 'a-secret-of-something-else';
    await add('wrong', 'github', secret);
    const { code, stdout, stderr } = await run(['check', 'wrong']);
    expect(stdout).toMatch(/^TO FIX +token-endpoint +It refused the client/m);
    expect(stdout + stderr).not.toContain(secret);
    expect(code).toBe(1);
  });

  it('reports an unknown connection', async () => {
    expect(await run(['check', 'nowhere'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'symbolon: There is no connection nowhere. Those there are: symbolon connections list\n',
    });
  });
});

describe('connections', { timeout: 60_000 }, () => {
  it('are listed, disabled and enabled, and removed with --yes', async () => {
    await add('work', 'google');
    expect(await run(['disable', 'work'])).toMatchObject({ code: 0, stderr: '' });
    const { stdout: table } = await run(['list']);
    expect(table).toMatch(/^alias +provider +enabled +for +created$/m);
    expect(table).toMatch(/^work +google +no +login +20\d\d-\S+Z$/m);
    await run(['enable', 'work']);
    const refused = await run(['remove', 'work']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/Nothing was done.*--yes/s) });
    const { stdout: json } = await run(['list', '--json']);
    expect(JSON.parse(json)).toContainEqual(
      expect.objectContaining({ alias: 'work', provider: 'google', enabled: true, has_client_secret: true }),
    );
    expect(await run(['remove', 'work', '--yes'])).toEqual({
      code: 0,
      stdout: 'Removed work.\n',
      stderr: '',
    });
  });

  it.each([
    [
      'a field that is malformed',
      ['Work', '--provider', 'google', '--client-id', '', '--endpoint', 'token=x'],
      /^symbolon: <alias>: must be lower-case.*\nsymbolon: --client-id: .*\nsymbolon: --endpoint token: /,
    ],
    [
      'an address that is missing',
      ['work', '--provider', 'openid-connect', '--client-id', 'x'],
      /^symbolon: --endpoint issuer: is needed by this provider$/m,
    ],
    [
      'a pair that is none',
      ['work', '--provider', 'figma', '--client-id', 'x', '--option', 'pkce'],
      /^symbolon: --option: pkce is not NAME=VALUE$/m,
    ],
  ])('are refused for %s, by the name of its option', async (_what, args, said) => {
    const { code, stderr } = await run(['add', ...args]);
    expect(stderr).toMatch(said);
    expect(code).toBe(1);
  });
});

describe('apps', { timeout: 60_000 }, () => {
  it('are listed, and removed with --yes', async () => {
    const uri = 'https://app.example/callback';
    const made = await apps('create', '--name', '我的应用', '--redirect-uri', uri);
    const { client_id: id, client_secret: secret } = JSON.parse(made.stdout);
    expect(made.stderr).toMatch(/not shown again/);
    const [{ stdout: table }, { stdout: json }] = await Promise.all([apps('list'), apps('list', '--json')]);
    expect(table).toMatch(new RegExp(`^${id} +web +yes +third +20\\d\\d-\\S+Z +我的应用$`, 'm'));
    expect(JSON.parse(json)).toContainEqual(expect.objectContaining({ client_id: id, redirect_uris: [uri] }));
    expect(table + json).not.toContain(secret);
    expect(await apps('remove', id, '--yes')).toMatchObject({ code: 0, stdout: `Removed ${id}.\n` });
    // The audit names the user of the operating system.
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client
      .query('SELECT type, actor_kind, actor_id, address FROM audit_event WHERE app_id = $1 ORDER BY id', [
        id,
      ])
      .finally(() => client.end());
    const actor = { actor_kind: 'cli', actor_id: userInfo().username, address: null };
    expect(rows).toEqual([
      { type: 'app.created', ...actor },
      { type: 'app.removed', ...actor },
    ]);
    expect(await apps('remove', id)).toMatchObject({
      code: 1,
      stderr: `symbolon: There is no app ${id}. Those there are: symbolon apps list\n`,
    });
  });
});

describe('admins', { timeout: 60_000 }, () => {
  const admins = (...args: readonly string[]) => shell(['admins', ...args], env);

  it('are invited by a link on standard output, and listed', async () => {
    const invited = await admins('invite', '--role', 'owner');
    expect(invited.stdout).toMatch(/^https:\/\/id\.example\.com\/console\/join\/[0-9a-f]{64}\n$/);
    expect(invited.stderr).toContain('It gives the role owner once');
    expect((await admins('invite', '--role', 'king')).code).toBe(1);
    expect((await admins('list')).stdout).toContain('symbolon admins invite --role owner');
    expect((await admins('remove', 'usr_x', '--yes')).stderr).toContain('There is no admin usr_x');
  });
});
