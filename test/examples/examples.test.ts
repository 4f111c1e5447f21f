import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { futureUrl, openStage, personsBrowser, type Stage } from '../clients/stage.ts';
import type { Browser } from '../support/browser.ts';
import { install, type Started, startExample } from './example.ts';

// Each example unchanged, as a process of its own, with the real broker and the lab's GitHub.

const api = 'https://api.example';
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  await stage.world.broker.issuance.apis.create({ identifier: api, name: 'Example' });
});

async function open(how: (url: string) => Omit<Started, 'env'>) {
  const url = await futureUrl();
  const { clientId, clientSecret } = await stage.register({ url, apis: [api], firstParty: true });
  const env = {
    ISSUER: stage.issuer,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    BASE_URL: url,
    API: api,
    SESSION_SECRET: randomBytes(24).toString('hex'),
  };
  await startExample({ ...how(url), env });
  return { url, browser: personsBrowser() };
}

async function grant(state: 'active' | 'reauthorization_required'): Promise<void> {
  const reason = state === 'active' ? null : 'revoked_by_user';
  await stage.world.database.pool.query('UPDATE vault_entry SET state = $1, state_reason = $2', [
    state,
    reason,
  ]);
}

const read = async (browser: Browser, url: string) => {
  const page = await browser.open(url);
  return { status: page.status, json: JSON.parse(page.html) };
};

const express = () => ({ command: process.execPath, args: ['server.js'], cwd: install('express') });
const python = () => ({ command: 'python3', args: ['examples/python/server.py'] });
const routes = fileURLToPath(new URL('./route-server.ts', import.meta.url));
const nextjs = (url: string) => ({
  command: process.execPath,
  args: [routes, install('nextjs'), new URL(url).port],
});
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('signs in and calls the provider’s API with the stored token', () => {
  it('express', () => tryRepos(express), 40_000);
  it('nextjs', () => tryRepos(nextjs), 40_000);
  it.skipIf(!hasPython)('python', () => tryRepos(python), 40_000);
});

async function tryRepos(how: Parameters<typeof open>[0]): Promise<void> {
  const { url, browser } = await open(how);
  await stage.visit(browser, `${url}/login`);
  // The provider has ended the grant: the person is sent to the page where they can reauthorize.
  await grant('reauthorization_required');
  const cookie = browser.cookies.header(new URL(url)) ?? '';
  const sent = await personsBrowser([`${stage.issuer}/`]).open(`${url}/repos`, { cookie });
  expect(sent.url.href).toMatch(/\/account\/.*reauthorize/);
  await grant('active');
  const { status, json } = await read(browser, `${url}/repos`);
  expect([status, json]).toMatchObject([200, { login: expect.any(String) }]);
}

it.each([
  ['express', express],
  ['nextjs', nextjs],
])(
  '%s has an API of its own that accepts only the broker’s tokens',
  async (_, how) => {
    const { url } = await open(how);
    const refused = await fetch(`${url}/api/whoami`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const forged = await fetch(`${url}/api/whoami`, { headers: { authorization: 'Bearer a.b.c' } });
    expect(forged.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  },
  40_000,
);

it('express calls its own API with a token for it', async () => {
  const { url, browser } = await open(express);
  await stage.visit(browser, `${url}/login`);
  expect(await read(browser, `${url}/whoami`)).toEqual({
    status: 200,
    json: { user: expect.stringMatching(/^usr_/) },
  });
}, 40_000);
