import { createHmac } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { sealContext } from '../../src/issuance/keys/make-signing-key.ts';
import { openColumn } from '../../src/kit/keys/sealed-column.ts';
import { connectionOf } from './support/counted-pool.ts';
import { type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, person, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;
let good: string;
let publicJwk: JWK;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
  good = (await app.signIn({ scope: 'openid offline_access' })).tokens.access_token;
  const { keys } = (await (await fetch(`${room.issuer}/.well-known/jwks.json`)).json()) as { keys: JWK[] };
  publicJwk = keys.find(({ kid }) => kid === decodeProtectedHeader(good).kid) ?? {};
});

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Returns the valid token with another header, signed as given. */
function forged(header: object, sign: (input: string) => string = () => 'AAAA'): string {
  const input = `${part({ ...decodeProtectedHeader(good), ...header })}.${good.split('.')[1]}`;
  return `${input}.${sign(input)}`;
}

/** Expects 401 at both endpoints of this room that take a token. */
async function expectRefused(token: string): Promise<void> {
  const started = performance.now();
  await expect(room.issuance.verifyAccessToken(token, `${room.issuer}/v1`)).rejects.toMatchObject({
    status: 401,
    code: 'invalid_token',
    headers: { 'WWW-Authenticate': expect.stringContaining('invalid_token') },
  });
  // The limit is generous for a busy machine: the attack is a token that takes minutes.
  expect(performance.now() - started).toBeLessThan(5000);
  if (!/^[\x21-\x7e]{1,8000}$/.test(token)) return;
  const response = await userinfo(token);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('invalid_token');
}

function userinfo(token: string): Promise<Response> {
  return fetch(`${room.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
}

it('the token that these tests forge is valid', async () => {
  expect((await userinfo(good)).status).toBe(200);
  expect(await room.issuance.verifyAccessToken(good, `${room.issuer}/v1`)).toMatchObject({
    userId: 'usr_lin',
  });
});

it.each(['none', 'None', 'nOnE', ''])('alg %j is refused', async (alg) => {
  await expectRefused(forged({ alg }));
  await expectRefused(forged({ alg }, () => ''));
  await expectRefused(`${good.split('.').slice(0, 2).join('.')}.`);
});

it('HS256 keyed with the public key is refused', async () => {
  const key = await importJWK(publicJwk, 'RS256');
  const pem = key instanceof Uint8Array ? '' : await exportSPKI(key);
  for (const secret of [pem, `\n ${pem}`, pem.trim(), JSON.stringify(publicJwk), publicJwk.n ?? '']) {
    const hmac = (input: string) => createHmac('sha256', secret).update(input).digest('base64url');
    await expectRefused(forged({ alg: 'HS256' }, hmac));
    await expectRefused(forged({ alg: 'HS256', kid: undefined }, hmac));
  }
});

describe('the kid', () => {
  it.each(['../../dev/null', "' OR 1=1", 'x'.repeat(10_000), ['a'], 7, null, {}])(
    '%j is refused',
    async (kid) => {
      await expectRefused(forged({ kid }));
    },
  );
  it('of a thousand unknown keys costs no database query', async () => {
    const asked = connectionOf(room.database);
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        expect(room.issuance.verifyAccessToken(forged({ kid: `key_${index}` }), 'x')).rejects.toThrow(),
      ),
    );
    expect(asked.queries()).toBe(0);
  });
  it('jwk, jku and x5u in the header are not followed', async () => {
    await expectRefused(forged({ jku: `${room.issuer}/evil`, x5u: 'https://evil.example', jwk: publicJwk }));
  });
});

it('unknown critical header members are refused', async () => {
  await expectRefused(forged({ crit: ['exp'] }));
  await expectRefused(forged({ crit: ['b64'], b64: false }));
  await expectRefused(forged({ crit: ['x'], x: 1 }));
});

describe('a token for one API is valid for that API alone', () => {
  it('it is not valid for the broker, nor for userinfo without openid', async () => {
    const api = 'https://other-api.example';
    await room.issuance.apis.create({ identifier: api, name: 'API', scopes: [{ name: 'read' }] });
    await room.issuance.apps.update(app.id, { apis: [api] });
    const { tokens } = await app.signIn({ audience: api, scope: 'read' });
    expect(decodeJwt(tokens.access_token).aud).toBe(api);
    await expectRefused(tokens.access_token);
    await expect(
      room.issuance.verifyAccessToken(tokens.access_token, 'https://other.example'),
    ).rejects.toThrow();
    expect((await room.issuance.verifyAccessToken(tokens.access_token, api)).scopes).toEqual(
      new Set(['read']),
    );
  });
  it('nor is an opaque one valid for another', async () => {
    const api = 'https://opaque.example';
    const scopes = [{ name: 'read' }];
    await room.issuance.apis.create({ identifier: api, name: 'O', scopes, accessTokenFormat: 'opaque' });
    const own = await registerApp(room, { apis: [api] });
    const { access_token } = (await own.signIn({ audience: api, scope: 'read' })).tokens;
    expect(access_token).not.toContain('.');
    expect(await room.issuance.verifyAccessToken(access_token, api)).toMatchObject({ userId: 'usr_lin' });
    await expectRefused(access_token);
  });
  it('an ID token is no access token', async () => {
    const { tokens } = await app.signIn();
    await expectRefused(tokens.id_token ?? '');
  });
  it('nor is another JWT signed by our key, whatever it claims', async () => {
    const id = decodeProtectedHeader(good).kid ?? '';
    const { privateJwk } = await room.database.prisma.signingKey.findUniqueOrThrow({ where: { id } });
    const key = await importJWK(JSON.parse(openColumn(room.keyring, privateJwk, sealContext(id))), 'RS256');
    const claims = decodeJwt(good);
    const signed = (typ?: string) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: id, ...(typ && { typ }) }).sign(key);
    expect((await userinfo(await signed('at+jwt'))).status).toBe(200);
    for (const typ of ['JWT', 'logout+jwt', 'at+jwt+x', undefined]) await expectRefused(await signed(typ));
  });
  it('an app’s own token identifies no person at userinfo', async () => {
    const service = await registerApp(room, { type: 'service', redirectUris: [] });
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: service.id,
      client_secret: service.secret ?? '',
    });
    const answer = await fetch(`${room.issuer}/oauth/token`, { method: 'POST', body });
    const { access_token } = (await answer.json()) as { access_token: string };
    const refused = await userinfo(access_token);
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ error: 'insufficient_scope' }),
    ]);
  });
});

it('a token of another issuer with the same key is refused', async () => {
  const staging = await openRoom({ database: room.database, issuer: 'http://staging.example' });
  await expect(staging.issuance.verifyAccessToken(good, `${room.issuer}/v1`)).rejects.toThrow();
  await staging.issuance.close();
});

describe('a malformed token is refused quickly:', () => {
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  it.each([
    ['1 MB', () => `${'a'.repeat(1_000_000)}.b.c`],
    ['deep JSON', () => `${part(deep)}.${part(deep)}.AAAA`],
    [
      'a BOM',
      () =>
        `${part(`\ufeff${JSON.stringify(decodeProtectedHeader(good))}`)}.${good.split('.').slice(1).join('.')}`,
    ],
    ['padding', () => `${good}==`],
    ['whitespace', () => ` ${good.replace('.', '. ')}`],
    ['a newline', () => `${good}\n`],
    [
      'duplicate claims',
      () => `${good.split('.')[0]}.${part(`{"sub":"usr_mei","sub":"usr_lin"}`)}.${good.split('.')[2]}`,
    ],
    ['a fourth part', () => `${good}.x`],
    ['nothing', () => ''],
    ['dots', () => '..'],
    ['NUL', () => `${good}\0`],
    ['an unknown opaque one', () => 'a'.repeat(43)],
  ])('%s', async (_name, token) => {
    await expectRefused(token());
  });
});

it('encrypted tokens are refused without decryption', async () => {
  const header = part({
    alg: 'PBES2-HS256+A128KW',
    enc: 'A128GCM',
    p2c: 2 ** 31 - 1,
    p2s: 'AAAA',
    zip: 'DEF',
  });
  await expectRefused(`${header}.AAAA.AAAA.AAAA.AAAA`);
});

it('a token signed by a foreign key is refused', async () => {
  const { privateKey } = await generateKeyPair('RS256');
  const signed = await new SignJWT(decodeJwt(good))
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: publicJwk.kid ?? '' })
    .sign(privateKey);
  await expectRefused(signed);
});

it('keys rotate without a restart, and other processes follow', async () => {
  const own = await openRoom();
  const peer = await openRoom({ database: own.database, issuer: own.issuer });
  const client = await registerApp(own);
  const before = (await client.signIn()).tokens.access_token;
  const published = async () => {
    const { keys } = (await (await fetch(`${own.issuer}/.well-known/jwks.json`)).json()) as { keys: JWK[] };
    return keys.map(({ kid }) => kid);
  };
  const known = await published();
  await own.issuance.rotateSigningKey();
  const after = (await client.signIn()).tokens.access_token;
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
  expect(known).toContain(decodeProtectedHeader(after).kid);
  const accepted = (token: string) => peer.issuance.verifyAccessToken(token, `${own.issuer}/v1`);
  await expect(accepted(before)).resolves.toMatchObject({ userId: 'usr_lin' });
  await expect(accepted(after)).resolves.toMatchObject({ userId: 'usr_lin' });

  await own.issuance.rotateSigningKey({ compromised: true });
  await expect(own.issuance.verifyAccessToken(before, `${own.issuer}/v1`)).rejects.toThrow();
  await expect
    .poll(() =>
      accepted(before).then(
        () => true,
        () => false,
      ),
    )
    .toBe(false);
  expect(JSON.stringify(await own.database.prisma.signingKey.findMany())).not.toContain('"d":');
});

describe('an access token does not outlive', () => {
  const alive = (token: string) =>
    room.issuance.verifyAccessToken(token, `${room.issuer}/v1`).then(
      () => true,
      () => false,
    );

  it('the session', async () => {
    const { tokens, browser } = await app.signIn();
    const page = await browser.open(`${room.issuer}/oidc/logout`);
    await browser.submit(page);
    expect(await alive(tokens.access_token)).toBe(false);
    expect((await userinfo(tokens.access_token)).status).toBe(401);
  });

  it('the sign-out of a person everywhere, but a later one does', async () => {
    const first = await app.signIn();
    const second = await app.signIn();
    await room.issuance.signOut('usr_lin');
    expect([await alive(first.tokens.access_token), await alive(second.tokens.access_token)]).toEqual([
      false,
      false,
    ]);
    const page = await first.browser.open((await app.begin({ prompt: 'none' })).url);
    expect(page.url.searchParams.get('error')).toBe('login_required');
    expect(await alive((await app.signIn()).tokens.access_token)).toBe(true);
  });

  it('the disabling of its person; a token issued after their return works', async () => {
    const { tokens, browser } = await app.signIn({ scope: 'openid offline_access' });
    room.people.set('usr_lin', { ...person('usr_lin'), disabled: true });
    expect((await userinfo(tokens.access_token)).status).toBe(401);
    await room.issuance.revokeUser('usr_lin');
    expect(await alive(tokens.access_token)).toBe(false);
    const page = await browser.open((await app.begin()).url);
    expect(page.stopped).toBe(false);
    room.people.set('usr_lin', person('usr_lin'));
    expect(await alive(tokens.access_token)).toBe(false);
    expect(await alive((await app.signIn()).tokens.access_token)).toBe(true);
  });

  it('its revocation at another process', async () => {
    const peer = await openRoom({ database: room.database, issuer: room.issuer });
    const { tokens } = await app.signIn({ scope: 'openid offline_access' });
    const atPeer = () =>
      peer.issuance.verifyAccessToken(tokens.access_token, `${room.issuer}/v1`).then(
        () => true,
        () => false,
      );
    expect(await atPeer()).toBe(true);
    await room.issuance.withdrawConsent('usr_lin', app.id);
    await expect.poll(atPeer).toBe(false);
    const late = await openRoom({ database: room.database, issuer: room.issuer });
    await expect(late.issuance.verifyAccessToken(tokens.access_token, `${room.issuer}/v1`)).rejects.toThrow();
  });

  it('its revocation while the LISTEN connection was lost', async () => {
    const peer = await openRoom({ database: room.database, issuer: room.issuer });
    const { tokens } = await app.signIn({ scope: 'openid offline_access' });
    const { pool } = room.database;
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
    );
    await room.issuance.withdrawConsent('usr_lin', app.id);
    const atPeer = () =>
      peer.issuance.verifyAccessToken(tokens.access_token, `${room.issuer}/v1`).then(
        () => true,
        () => false,
      );
    await expect.poll(atPeer, { timeout: 5000 }).toBe(false);
  });
});

describe('userinfo', () => {
  it('takes the token in a form, not in the query, and in one place only', async () => {
    const { tokens } = await app.signIn({ scope: 'openid' });
    const form = { method: 'POST', body: new URLSearchParams({ access_token: tokens.access_token }) };
    const posted = await fetch(`${room.issuer}/userinfo`, form);
    expect(await posted.json()).toEqual({ sub: 'usr_lin' });
    const query = await fetch(`${room.issuer}/userinfo?access_token=${tokens.access_token}`);
    expect(query.status).toBe(400);
    const both = await fetch(`${room.issuer}/userinfo`, {
      ...form,
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(both.status).toBe(400);
    const none = await fetch(`${room.issuer}/userinfo`);
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });
});
