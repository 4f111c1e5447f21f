import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({ providers: ['weibo', 'naver'] });
  app = await createApp(world, { connections: ['weibo', 'naver'] });
});

let people = 0;

async function person(connection: string) {
  const user = `visitor-${++people}`;
  const tokens = await app.signIn({ connection, user, scope: `openid idp:${connection}` });
  const retrieve = () => callApi(world.issuer, `/v1/me/identities/${connection}/token`, tokens.access_token);
  const { body } = await retrieve();
  return { user, retrieve, subject: (body.identity as { subject: string }).subject };
}

async function registered(alias: string) {
  const { registration } = (await world.broker.connections.find(alias)) ?? {};
  if (!registration) throw new Error(`no ${alias}`);
  return { clientId: registration.clientId, secret: registration.clientSecret?.reveal() ?? '' };
}

const now = () => Math.floor(world.clock.now().getTime() / 1000);
const at = (connection: string) => `${world.issuer}/connections/${connection}/signals`;
const tell = async (connection: string, form: Readonly<Record<string, string>>) =>
  (await fetch(at(connection), { method: 'POST', body: new URLSearchParams(form) })).status;
const dead = (reason: string) => ({ status: 409, body: { code: 'reauthorization_required', reason } });

describe('Weibo, which does not sign messages', () => {
  const gone = async (uid: string, source?: string) => ({
    source: source ?? (await registered('weibo')).clientId,
    uid,
    auth_end: String(now()),
  });

  it('is asked whether the message is true, with the token only', async () => {
    const { subject, retrieve, user } = await person('weibo');
    const query = new URLSearchParams(await gone(subject)).toString();
    expect((await fetch(`${at('weibo')}?${query}`)).status).toBe(200);
    expect((await retrieve()).status).toBe(200);
    world.clock.advance(60_000);
    await world.control('POST', `weibo/users/${user}/revoke`);
    expect(await tell('weibo', await gone(subject, 'another-app'))).toBe(400);
    expect((await retrieve()).status).toBe(200);
    expect(await tell('weibo', await gone(subject))).toBe(200);
    expect(await retrieve()).toMatchObject(dead('rejected'));
  });
});

/** Naver's guide: the key is the MD5 of the client secret, for the signature and the encryption. */
async function unlinked(
  subject: string,
  more: { readonly secret?: string; readonly timestamp?: number } = {},
) {
  const { clientId, secret } = await registered('naver');
  const key = createHash('md5')
    .update(more.secret ?? secret)
    .digest();
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  const encrypted = Buffer.concat([iv, cipher.update(subject), cipher.final()]).toString('base64url');
  const said = { clientId, encryptUniqueId: encrypted, timestamp: String(more.timestamp ?? now()) };
  const text = Object.entries(said)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return { ...said, signature: createHmac('sha256', key).update(text).digest('base64url') };
}

describe('Naver, which sends one message when a person removes the service', () => {
  it('is believed at once, as a form and as a query, and gets an empty answer', async () => {
    for (const how of ['form', 'query']) {
      const { subject, retrieve } = await person('naver');
      world.clock.advance(5_000);
      const said = new URLSearchParams(await unlinked(subject));
      const body = how === 'form' ? { body: said } : {};
      const url = how === 'form' ? at('naver') : `${at('naver')}?${said}`;
      const answer = await fetch(url, { method: 'POST', ...body });
      expect([answer.status, await answer.text()]).toEqual([204, '']);
      expect(await retrieve()).toMatchObject(dead('revoked_by_user'));
    }
  });

  it('is not believed with another secret, another app, or another person in it', async () => {
    const { subject, retrieve } = await person('naver');
    const { subject: somebody } = await person('naver');
    world.clock.advance(5_000);
    const real = await unlinked(somebody);
    const { encryptUniqueId } = await unlinked(subject);
    for (const forged of [
      await unlinked(subject, { secret: 'another' }),
      { ...(await unlinked(subject)), clientId: 'another' },
      { ...real, encryptUniqueId },
      { ...real, timestamp: String(now() + 60) },
      { ...real, signature: '' },
    ])
      expect(await tell('naver', forged)).toBe(400);
    expect((await retrieve()).status).toBe(200);
  });

  it('does not end a later grant by a repeated message, or one about an earlier time', async () => {
    const { subject, user } = await person('naver');
    world.clock.advance(5_000);
    const said = await unlinked(subject);
    expect(await tell('naver', said)).toBe(204);
    world.clock.advance(5_000);
    const again = await app.signIn({ connection: 'naver', user, scope: 'openid idp:naver' });
    expect(await tell('naver', said)).toBe(204);
    expect(await tell('naver', await unlinked(subject, { timestamp: now() - 8 }))).toBe(204);
    const retrieved = await callApi(world.issuer, '/v1/me/identities/naver/token', again.access_token);
    expect(retrieved.status).toBe(200);
  });
});
