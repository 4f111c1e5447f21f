import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLab, type RunningLab } from '../../src/lab/lab.ts';
import { atEnd } from '../support/at-end.ts';
import { runCommand } from '../support/command.ts';
import { freshDatabaseUrl } from '../support/database.ts';

// `symbolon connections add` and `check` as an operator runs them.

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

const run = (args: readonly string[], input?: string) => runCommand(['connections', ...args], env, input);

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

describe('the command', { timeout: 60_000 }, () => {
  it('tells what to register, and that all is well', async () => {
    const added = await add('mine', 'facebook');
    expect(added.stderr).toBe('');
    expect(added.stdout).toContain(`${issuer}/connections/mine/callback\n`);
    expect(added.stdout).toContain(`${issuer}/connections/mine/signals\n`);
    expect(added.stdout).toMatch(/Deauthorize callback URL/);
    const checked = await run(['check', 'mine']);
    expect(checked.stdout).toContain(`${issuer}/connections/mine/signals\n`);
    expect(checked.stdout).toMatch(/^ok +token-endpoint +It refused only the made-up code/m);
    expect(checked.stdout).toMatch(/^ok +clock/m);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
  });

  it('fails when something is to be fixed, and prints no secret', async () => {
    const secret = 'a-secret-of-something-else';
    await add('wrong', 'github', secret);
    const { code, stdout, stderr } = await run(['check', 'wrong']);
    expect(stdout).toMatch(/^TO FIX +token-endpoint +It refused the client/m);
    expect(stdout + stderr).not.toContain(secret);
    expect(code).toBe(1);
  });

  it('of a connection that there is not says so', async () => {
    expect(await run(['check', 'nowhere'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'symbolon: There is no connection nowhere.\n',
    });
  });
});
