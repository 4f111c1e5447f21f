import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  importJWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { appBrowser, post, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;
const mail = 'https://mail.example';
const files = 'https://files.example';

beforeAll(async () => {
  room = await openRoom();
  const { apis } = room.issuance;
  await apis.create({
    identifier: mail,
    name: 'Mail',
    signingAlg: 'ES256',
    scopes: [{ name: 'mail:read', description: 'Read your mail' }],
  });
  await apis.create({
    identifier: files,
    name: 'Files',
    signingAlg: 'EdDSA',
    accessTokenLifetime: 2_592_000,
    browserAccessTokenLifetime: 900,
    scopes: [{ name: 'files:read', description: 'See your files' }, { name: 'files:write' }],
  });
  app = await registerApp(room, { apis: [mail, files] });
});

const jwks = () => createRemoteJWKSet(new URL(`${room.issuer}/.well-known/jwks.json`));

describe('the signature of a token', () => {
  it.each([
    [undefined, 'RS256'],
    [mail, 'ES256'],
    [files, 'EdDSA'],
  ])('for %s is %s, and jose verifies it with the published keys', async (audience, alg) => {
    const { tokens } = await app.signIn(audience === undefined ? {} : { audience, scope: 'openid' });
    const { protectedHeader } = await jwtVerify(tokens.access_token, jwks(), {
      issuer: room.issuer,
      audience: audience ?? `${room.issuer}/v1`,
      typ: 'at+jwt',
    });
    expect(protectedHeader.alg).toBe(alg);
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('RS256');
    const verified = await room.issuance.verifyAccessToken(tokens.access_token, `${room.issuer}/userinfo`);
    expect(verified.userId).toBe('usr_lin');
  });

  it('follows the API when it changes, and every kind of key rotates', async () => {
    const own = await openRoom();
    const { apis } = own.issuance;
    const api = await apis.create({ identifier: mail, name: 'Mail' });
    const service = await registerApp(own, { type: 'service', redirectUris: [], apis: [mail] });
    const header = async () => {
      const { access_token } = await client.clientCredentialsGrant(service.config, { resource: mail });
      return decodeProtectedHeader(access_token);
    };
    const seen = new Set<string | undefined>();
    for (const signingAlg of ['RS256', 'ES256', 'EdDSA'] as const) {
      await apis.update(api.id, { signingAlg });
      const before = await header();
      expect(before.alg).toBe(signingAlg);
      seen.add(before.kid);
    }
    await own.issuance.rotateSigningKey();
    for (const signingAlg of ['RS256', 'ES256', 'EdDSA'] as const) {
      await apis.update(api.id, { signingAlg });
      const { alg, kid } = await header();
      expect([alg, seen.has(kid)]).toEqual([signingAlg, false]);
    }
    const { keys } = (await (await fetch(`${own.issuer}/.well-known/jwks.json`)).json()) as {
      keys: { alg: string; d?: string }[];
    };
    expect(keys.map(({ alg }) => alg).sort()).toEqual(
      ['ES256', 'EdDSA', 'RS256'].flatMap((alg) => [alg, alg, alg]).sort(),
    );
    expect(keys.every(({ d }) => d === undefined)).toBe(true);
  });

  it('is refused if a key of one kind signs under the name of another', async () => {
    const { tokens } = await app.signIn();
    const { keys } = (await (await fetch(`${room.issuer}/.well-known/jwks.json`)).json()) as {
      keys: { alg: string; kid: string }[];
    };
    const key = await importJWK(await foreignKey(), 'ES256');
    for (const { kid } of keys) {
      const forged = await new SignJWT(decodeJwt(tokens.access_token))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .sign(key);
      await expect(room.issuance.verifyAccessToken(forged, `${room.issuer}/v1`)).rejects.toThrow();
    }
  });
});

async function foreignKey() {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
  ]);
  return await exportJWK(privateKey);
}

describe('the lifetime of a token', () => {
  const secondsOf = async (audience: string, by: RelyingApp) => {
    const { tokens } = await by.signIn({ audience, scope: 'openid' });
    const { iat = 0, exp = 0 } = decodeJwt(tokens.access_token);
    expect(tokens.expires_in).toBe(exp - iat);
    return exp - iat;
  };

  it('is an hour unless the API states another, thirty days at most', async () => {
    expect(await secondsOf(mail, app)).toBe(3600);
    expect(await secondsOf(files, app)).toBe(2_592_000);
    const making = room.issuance.apis.create({
      identifier: 'https://x.example',
      name: 'X',
      accessTokenLifetime: 2_592_001,
    });
    await expect(making).rejects.toMatchObject({ status: 422 });
  });

  it('may differ in a browser, and the app’s own value comes before both', async () => {
    const spa = await registerApp(room, { type: 'spa', apis: [files] });
    expect(await secondsOf(files, spa)).toBe(900);
    const own = await registerApp(room, { type: 'spa', apis: [files], accessTokenLifetime: 120 });
    expect(await secondsOf(files, own)).toBe(120);
  });
});

describe('consent', () => {
  it('shows the meaning of the API’s scopes, and requests only what the app requested', async () => {
    const browser = appBrowser();
    const fresh = await registerApp(room, { apis: [mail, files] });
    const { url } = await fresh.begin({ audience: files, scope: 'openid files:read mail:read' });
    const page = await browser.submit(await browser.open(url));
    expect(page.text).toContain('Files: See your files');
    expect(page.text).not.toContain('files:write');
    expect(page.text).not.toContain('mail');
  });

  it('is not requested from users of a first-party app, unless the API requires it', async () => {
    const strict = 'https://strict.example';
    await room.issuance.apis.create({
      identifier: strict,
      name: 'Strict',
      firstPartySkipsConsent: false,
      scopes: [{ name: 'pay', description: 'Spend your money' }],
    });
    const own = await registerApp(room, { firstParty: true, apis: [strict, files] });
    const browser = appBrowser();
    const skipped = await own.begin({ audience: files, scope: 'openid files:read' });
    const landed = await browser.submit(await browser.open(skipped.url));
    expect((await skipped.redeem(landed.url)).scope).toBe('openid files:read');

    const asked = await own.begin({ audience: strict, scope: 'openid pay' });
    const page = await browser.open(asked.url);
    expect([page.stopped, page.text.includes('Spend your money')]).toEqual([false, true]);
    const allowed = await throughPages(browser, page);
    expect((await asked.redeem(allowed.url)).scope).toBe('openid pay');
    const again = await own.begin({ audience: strict, scope: 'openid pay' });
    expect((await browser.open(again.url)).stopped).toBe(true);
  });
});

describe('introspection', () => {
  const introspect = `/oauth/introspect`;
  const ask = async (id: string, secret: string, token: string) => {
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    return await post(`${room.issuer}${introspect}`, { token }, { authorization: basic });
  };

  it.each(['jwt', 'opaque'] as const)('tells the API about a token issued for it: %s', async (format) => {
    const { apis } = room.issuance;
    const identifier = `https://${format}.example`;
    const api = await apis.create({
      identifier,
      name: 'API',
      accessTokenFormat: format,
      scopes: [{ name: 'read' }],
    });
    const other = await apis.create({ identifier: `https://not-${format}.example`, name: 'Other' });
    const holder = await registerApp(room, { apis: [identifier] });
    const colleague = await registerApp(room, { type: 'service', redirectUris: [], apis: [identifier] });
    const { tokens } = await holder.signIn({ audience: identifier, scope: 'openid read' });
    expect(tokens.access_token.includes('.')).toBe(format === 'jwt');

    const secret = (await apis.rotateSecret(api.id)).reveal();
    const told = await ask(api.id, secret, tokens.access_token);
    expect(told.body).toMatchObject({
      active: true,
      sub: 'usr_lin',
      client_id: holder.id,
      scope: 'openid read',
      aud: [identifier, `${room.issuer}/userinfo`],
      iss: room.issuer,
      token_type: 'Bearer',
      exp: expect.any(Number),
      iat: expect.any(Number),
    });
    expect(told.body.grant_id).toBeUndefined();

    const others = (await apis.rotateSecret(other.id)).reveal();
    expect((await ask(other.id, others, tokens.access_token)).body).toEqual({ active: false });
    // An app that may call the API must not learn which other apps do.
    expect((await ask(colleague.id, colleague.secret ?? '', tokens.access_token)).body).toEqual({
      active: false,
    });
    await room.issuance.apps.update(colleague.id, { introspects: [identifier] });
    expect((await ask(colleague.id, colleague.secret ?? '', tokens.access_token)).body.active).toBe(true);
  });

  it.each(['jwt', 'opaque'] as const)(
    'tells nothing to a caller without valid authentication, even about its own tokens: %s',
    async (format) => {
      for (const type of ['spa', 'native'] as const) {
        const app = await registerApp(room, { type, accessTokenFormat: format });
        const { tokens } = await app.signIn({ scope: 'openid' });
        const { body } = await post(`${room.issuer}${introspect}`, {
          client_id: app.id,
          token: tokens.access_token,
        });
        expect(body).toEqual({ active: false });
      }
    },
  );

  it('an API’s credentials are good for nothing else, and its old secret for nothing at all', async () => {
    const { apis } = room.issuance;
    const api = await apis.create({ identifier: 'https://introspecting.example', name: 'API' });
    expect((await ask(api.id, 'x', 'y')).status).toBe(401);
    const old = (await apis.rotateSecret(api.id)).reveal();
    const secret = (await apis.rotateSecret(api.id)).reveal();
    expect((await ask(api.id, old, 'y')).status).toBe(401);
    expect((await ask(api.id, secret, 'y')).body).toEqual({ active: false });
    const form = { client_id: api.id, client_secret: secret, grant_type: 'client_credentials' };
    const refused = await post(`${room.issuer}/oauth/token`, form);
    expect(refused).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    const page = await fetch(
      `${room.issuer}/authorize?client_id=${api.id}&response_type=code&redirect_uri=https://x.example/`,
      { redirect: 'manual' },
    );
    expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    expect(JSON.stringify(await room.database.prisma.api.findMany())).not.toContain(secret);
  });
});
