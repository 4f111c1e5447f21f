import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rejected, said } from './usual.ts';

const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';
const tenant = '0105a5a5-1050-4105-8105-010501050105';
const object = '11111111-2222-3333-4444-555555555555';

const aadsts = (error: string, code: number) => ({
  error,
  error_description: `AADSTS${code}: Some words.`,
  error_codes: [code],
  timestamp: '2026-11-21 00:00:00Z',
  trace_id: object,
  correlation_id: object,
});
const dead = (reason: string) => ({ kind: 'grant-dead', reason }) as never;

const room = conforms({
  provider: 'microsoft',
  profile: 'microsoft',
  authorize: {
    address: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    parameters: [
      ...authorizeParameters(/^[0-9a-f-]{36}$/, { scope: 'openid profile email offline_access User.Read' }),
      ['nonce', /^[\w-]{43}$/],
      ...challenge,
    ],
    asking: [
      { ask: { forceLogin: true, forceConsent: true }, adds: { prompt: 'login' } },
      { ask: { forceConsent: true }, adds: { prompt: 'consent' } },
      { ask: { loginHint: 'lin@example.com' }, adds: { login_hint: 'lin@example.com' } },
    ],
  },
  exchange: exchangeAt('/microsoft/common/oauth2/v2.0/token', { pkce: true }),
  granted: ['openid', 'profile', 'email', 'User.Read'],
  account: lin(undefined, {
    subject: expect.stringMatching(`^${consumers}:00000000-0000-0000-[0-9a-f]{4}-[0-9a-f]{12}$`),
    emailVerified: true,
  }),
  words: [
    { step: 'exchange', status: 400, body: aadsts('invalid_grant', 54_005), becomes: { kind: 'code-spent' } },
    {
      step: 'exchange',
      status: 401,
      body: aadsts('invalid_client', 7_000_215),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'refresh',
      status: 401,
      body: aadsts('invalid_client', 7_000_222),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'refresh',
      status: 400,
      body: aadsts('invalid_grant', 50_173),
      becomes: dead('password_changed'),
    },
    { step: 'refresh', status: 400, body: aadsts('invalid_grant', 700_082), becomes: dead('expired') },
    { step: 'refresh', status: 400, body: aadsts('invalid_grant', 70_008), becomes: dead('expired') },
    { step: 'refresh', status: 400, body: aadsts('invalid_grant', 700_084), becomes: dead('expired') },
    { step: 'exchange', status: 400, body: aadsts('invalid_grant', 70_008), becomes: { kind: 'code-spent' } },
    { step: 'refresh', status: 400, body: aadsts('invalid_grant', 65_001), becomes: dead('revoked_by_user') },
    { step: 'refresh', status: 400, body: aadsts('invalid_grant', 70_000), becomes: rejected },
    { step: 'refresh', status: 400, body: aadsts('interaction_required', 50_076), becomes: rejected },
    { step: 'refresh', status: 400, body: said('invalid_grant'), becomes: rejected },
  ],
  rogue: {
    from: 'id-token',
    tokens: { access_token: 'rogue-access-token', expires_in: 60, scope: 'openid', token_type: 'Bearer' },
    path: '/token',
    profile: { sub: 's', tid: tenant, oid: object, name: 'Bob', email: 'bob@example.com' },
    subject: 'oid',
    is: (oid) => `${tenant}:${oid}`,
    shown: ['name', 'email', 'xms_edov'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/microsoft/common/oauth2/v2.0/token'),
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

/** A person of tenant `tid`, in a token of a server that signs for all tenants. */
async function signedIn(tid: unknown, more: object = {}, options: Record<string, string> = {}) {
  const { rogue, registration, connector } = room();
  const issuer = `${rogue.url}/{tenantid}/v2.0`;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: `${rogue.url}/${tid}/v2.0`, aud: registration.clientId, sub: 's', nonce: 'n' };
  const id_token = await rogue.sign({ ...claims, iat: now, exp: now + 600, tid, oid: object, ...more });
  rogue.says({ '/token': { access_token: 'rogue-access-token', token_type: 'Bearer', id_token } });
  const { misled } = room().withOptions({ tenant: 'common', ...options }, { issuer });
  expect(misled.registration.issuer).toBe(issuer);
  expect(connector.endpoints.userinfo).toBeUndefined();
  const run = { code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: 'n' };
  return (await misled.signIn(run)).account;
}

describe('Microsoft', () => {
  it('identifies people by tenant and object id, in every app', async () => {
    const { account } = await room().arrive('ada');
    expect(account.subject).not.toContain(consumers);
    expect((await signedIn(tenant)).subject).toBe(`${tenant}:${object}`);
    expect((await signedIn(tenant, { sub: 'of another app' })).subject).toBe(`${tenant}:${object}`);
    expect((await signedIn(consumers)).subject).toBe(`${consumers}:${object}`);
  });

  it('is rejected if the issuer of a token is not that of its tenant', async () => {
    const { rogue } = room();
    for (const iss of [
      `${rogue.url}/${consumers}/v2.0`,
      `${rogue.url}/{tenantid}/v2.0`,
      `${rogue.url}/${tenant}/v2.0/`,
      'https://login.microsoftonline.com/common/v2.0',
    ])
      await expect(signedIn(tenant, { iss })).rejects.toMatchObject({ failure: { kind: 'unknown' } });
    for (const tid of [undefined, 'common', `${tenant}/..`, 7])
      await expect(signedIn(tid)).rejects.toMatchObject({ failure: { kind: 'unknown' } });
  });

  it('lets in the people of the configured tenant only', async () => {
    const other = { failure: { kind: 'unknown' } };
    await expect(signedIn(consumers, {}, { tenant: 'organizations' })).rejects.toMatchObject(other);
    await expect(signedIn(tenant, {}, { tenant: 'consumers' })).rejects.toMatchObject(other);
    await expect(signedIn(consumers, {}, { tenant })).rejects.toMatchObject(other);
    expect((await signedIn(tenant, {}, { tenant: 'organizations' })).subject).toContain(tenant);
    expect((await signedIn(consumers, {}, { tenant: 'consumers' })).subject).toContain(consumers);
    expect((await signedIn(tenant, {}, { tenant })).subject).toContain(tenant);
  });

  it('has the endpoints of the configured tenant', () => {
    const { token, jwks } = room().withOptions({ tenant }).real.registration.endpoints;
    expect(token).toBe(`https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`);
    expect(jwks).toBe(`https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`);
  });

  it.each([
    [undefined, false],
    [false, false],
    ['true', false],
    ['0', false],
    [0, false],
    [true, true],
    [1, true],
    ['1', true],
  ])('vouches for the address if xms_edov is %j: %j', async (xms_edov, emailVerified) => {
    const claims = { email: 'lin@example.com', email_verified: true, xms_edov };
    expect(await signedIn(tenant, claims)).toMatchObject({ email: 'lin@example.com', emailVerified });
  });

  it('has user names, which are not addresses', async () => {
    const claims = { upn: 'lin@example.com', preferred_username: 'lin@example.com', xms_edov: true };
    expect(await signedIn(tenant, claims)).toMatchObject({ email: undefined, emailVerified: false });
  });

  it('keeps the old refresh token valid, and gives every scope of Graph whatever is requested', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(hours(3));
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshToken?.reveal()).not.toBe(tokens.refreshToken?.reveal());
    const narrow = await room().upstream.narrow(tokens, ['openid', 'User.Read']);
    expect(narrow.scopes).toEqual(tokens.scopes);
    expect((await room().upstream.refresh(tokens)).scopes).toEqual(tokens.scopes);
  });

  it('gives a token that works at Graph', async () => {
    const { tokens, account } = await room().arrive('ada');
    const url = `${room().registration.endpoints.api}/me`;
    const authorization = `Bearer ${tokens.accessToken.reveal()}`;
    const me = await (await fetch(url, { headers: { authorization } })).json();
    expect(account.subject.endsWith(`:${me.id}`)).toBe(true);
  });
});
