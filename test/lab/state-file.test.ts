import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLab, type RunningLab } from '../../src/lab/lab.ts';
import { call, type Fields, origin, redirectUri } from './lab-world.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'lab-'));
});
afterEach(() => rm(directory, { recursive: true }));

const start = (stateFile: string) => createLab({ redirectOrigins: [origin], stateFile });

async function signIn(lab: RunningLab): Promise<Fields> {
  const google = lab.connections().find(({ name }) => name === 'google');
  const { clientId: client_id = '', clientSecret: client_secret = '', endpoints = {} } = google ?? {};
  const offline = { access_type: 'offline', scope: 'openid', response_type: 'code', lab_auto: '1' };
  const query = new URLSearchParams({ client_id, redirect_uri: redirectUri, ...offline });
  const target = (await call(`${endpoints.authorization}?${query}`)).headers.get('location') ?? '';
  const code = new URL(target).searchParams.get('code') ?? '';
  const form = {
    client_id,
    client_secret,
    redirect_uri: redirectUri,
    code,
    grant_type: 'authorization_code',
  };
  return (await call(`${lab.url}/google/token`, { method: 'POST', body: new URLSearchParams(form) })).json;
}

test('tokens, keys, clients and people survive a restart', async () => {
  const file = path.join(directory, 'data', 'lab.json');
  const first = await start(file).listen(0);
  const tokens = await signIn(first);
  const keys = (await call(`${first.url}/google/oauth2/v3/certs`)).json;
  const who = (await call(`${first.url}/google/v1/userinfo?access_token=${tokens.access_token}`)).json;
  await first.close();
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const again = start(file);
  const second = await again.listen(0);
  expect((await call(`${second.url}/google/oauth2/v3/certs`)).json).toEqual(keys);
  const answer = await call(`${second.url}/google/v1/userinfo?access_token=${tokens.access_token}`);
  expect(answer.json.sub).toBe(who.sub);
  expect(second.connections()[2]?.clientSecret).toBe(first.connections()[2]?.clientSecret);
  expect(again.minted()).toContain(tokens.refresh_token);
  await second.close();
});

test('an issued token is on disk before the lab closes', async () => {
  const file = path.join(directory, 'lab.json');
  const lab = await start(file).listen(0);
  const { refresh_token } = await signIn(lab);
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain(refresh_token);
  await lab.close();
});

test('a broken file leads to an empty state', async () => {
  const file = path.join(directory, 'lab.json');
  await writeFile(file, '{"profiles":');
  const lab = await start(file).listen(0);
  expect((await signIn(lab)).refresh_token).toBeTruthy();
  await lab.close();
});

test('the lab does not start in production', () => {
  expect(() => createLab({ redirectOrigins: [], production: true })).toThrow(/not in production/);
});
