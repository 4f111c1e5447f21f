import { X509Certificate } from 'node:crypto';
import { decodeJwt } from 'jose';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createDpopKey, type DpopKey, proof } from '../support/dpop.ts';
import { createWorld, type World } from '../support/world.ts';
import { handleOf } from './doors.ts';
import { createGrants, type Grants, type TokenRequest } from './grants.ts';

// Tokens that are bound to a client certificate, and apps and APIs that demand a binding.

const header = 'client-cert';
let world: World;
let app: TestApp;
let key: DpopKey;
let mine: X509Certificate;
let stolen: X509Certificate;

const encodings: Readonly<Record<string, (certificate: X509Certificate) => string>> = {
  'RFC 9440': ({ raw }) => `:${raw.toString('base64')}:`,
  nginx: (certificate) => encodeURIComponent(certificate.toString()),
  Envoy: (certificate) =>
    `By=spiffe://mesh/broker;Hash=00ff;Cert="${encodeURIComponent(certificate.toString())}";Subject="CN=app"`,
};
const encoded = (certificate: X509Certificate, as = 'RFC 9440') => encodings[as]?.(certificate) ?? '';

beforeAll(async () => {
  world = await createWorld({ clientCertificates: { header, proxies: ['127.0.0.0/8', '::1/128'] } });
  app = await createApp(world, { background: true });
  key = await createDpopKey();
  const made = await Promise.all(
    [1, 2].map(() => generate([{ name: 'commonName', value: 'app' }], { keySize: 2048 })),
  );
  [mine, stolen] = made.map(({ cert }) => new X509Certificate(cert)) as [X509Certificate, X509Certificate];
});

interface Given {
  readonly certificate?: string;
  readonly dpop?: string;
}

const headersOf = ({ certificate, dpop }: Given) => ({
  ...(certificate !== undefined && { [header]: certificate }),
  ...(dpop !== undefined && { dpop }),
});

async function ask(fields: Readonly<Record<string, string>>, given: Given = {}, path = '/oauth/token') {
  const { clientId: client_id, clientSecret: client_secret } = app;
  const response = await fetch(world.issuer + path, {
    method: 'POST',
    body: new URLSearchParams({ client_id, client_secret, ...fields }),
    headers: headersOf(given),
  });
  const body = (await response.json()) as Record<string, unknown>;
  world.remember(body.access_token as string, body.refresh_token as string);
  return { status: response.status, body, token: String(body.access_token) };
}

const forItself = { grant_type: 'client_credentials', scope: 'idp:google' };
const background = async (token: string, given: Given = {}, scheme = 'Bearer') => {
  // No such person: the door that is open answers so.
  const path = '/v1/users/usr_01h2xcejqtf2nbrexx3vqjhp41/identities/google/token';
  const authorization = `${scheme} ${token}`;
  const response = await fetch(world.issuer + path, {
    headers: { authorization, 'symbolon-reason': 'nightly', ...headersOf(given) },
  });
  return { status: response.status, challenge: response.headers.get('www-authenticate') };
};
const demand = (changes: Parameters<World['broker']['issuance']['apps']['update']>[1]) =>
  world.broker.issuance.apps.update(app.clientId, {
    tokenBinding: 'none',
    backgroundBinding: 'none',
    ...changes,
  });
const proofAt = (path: string, token?: string) =>
  proof(key, {
    method: token === undefined ? 'POST' : 'GET',
    url: world.issuer + path,
    ...(token !== undefined && { token }),
  });

describe('a token that is bound to a client certificate', () => {
  it.each(Object.keys(encodings))('opens doors for this certificate only, in the form of %s', async (as) => {
    await demand({ tokenBinding: 'mtls' });
    const certificate = encoded(mine, as);
    const { token, body } = await ask(forItself, { certificate });
    expect(body.token_type).toBe('Bearer');
    const { cnf } = decodeJwt(token) as { cnf?: Record<string, string> };
    expect(Object.keys(cnf ?? {})).toEqual(['x5t#S256']);
    expect((await background(token, { certificate })).status).toBe(404);
    expect((await background(token, { certificate: encoded(mine) })).status).toBe(404);
    const introspected = await ask({ token }, {}, '/oauth/introspect');
    expect(introspected.body).toMatchObject({ active: true, cnf });
    for (const wrong of [undefined, encoded(stolen, as), `${certificate}, ${certificate}`, 'x', ':AAAA:'])
      expect(await background(token, wrong === undefined ? {} : { certificate: wrong })).toEqual({
        status: 401,
        challenge: expect.stringMatching(/^Bearer error="invalid_token"/),
      });
  });

  it('is not issued without a certificate', async () => {
    await demand({ tokenBinding: 'mtls' });
    expect((await ask(forItself)).body).toMatchObject({ error: 'invalid_grant' });
    const dpop = await proofAt('/oauth/token');
    expect((await ask(forItself, { dpop })).body).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('an app that demands a binding', () => {
  it('gets no bearer token, and its earlier ones are refused at once, also by introspection', async () => {
    await demand({});
    const { token: earlier } = await ask(forItself);
    const person = await app.signIn({ connection: 'google', user: 'ada' });
    expect((await background(earlier)).status).toBe(404);
    await demand({ tokenBinding: 'dpop' });
    expect(await background(earlier)).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/^DPoP /),
    });
    expect((await ask({ token: earlier }, {}, '/oauth/introspect')).body).toEqual({ active: false });
    const authorization = `Bearer ${person.access_token}`;
    for (const path of ['/v1/me', '/userinfo'])
      expect((await fetch(world.issuer + path, { headers: { authorization } })).status).toBe(401);
    expect((await ask(forItself)).body).toMatchObject({ error: 'invalid_grant' });
    await expect(app.signIn({ connection: 'google', user: 'ada' })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const tokens = await app.signIn({ connection: 'google', user: 'ada', dpop: await handleOf(app, key) });
    expect(tokens.token_type).toBe('dpop');
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await ask(refresh)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await ask(refresh, { dpop: await proofAt('/oauth/token') })).body).toMatchObject({
      token_type: 'DPoP',
    });
  });

  it('may choose between a proof and a certificate', async () => {
    await demand({ tokenBinding: 'any' });
    expect((await ask(forItself)).body).toMatchObject({ error: 'invalid_grant' });
    const byProof = await ask(forItself, { dpop: await proofAt('/oauth/token') });
    expect(byProof.body).toMatchObject({ token_type: 'DPoP' });
    const certificate = encoded(mine);
    const byCertificate = await ask(forItself, { certificate });
    expect((await background(byCertificate.token, { certificate })).status).toBe(404);
  });

  it('may demand it in the background only', async () => {
    await demand({});
    const { token } = await ask(forItself);
    const call = adminClient(world);
    const { status, body } = await call('PATCH', `/apps/${app.clientId}`, { background_binding: 'dpop' });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ token_binding: 'none', background_binding: 'dpop' }),
    ]);
    expect((await background(token)).status).toBe(401);
    expect((await ask(forItself)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await app.signIn({ connection: 'google', user: 'ada' })).token_type).toBe('bearer');
    const bound = await ask(forItself, { dpop: await proofAt('/oauth/token') });
    const path = '/v1/users/usr_01h2xcejqtf2nbrexx3vqjhp41/identities/google/token';
    const dpop = await proof(key, { method: 'GET', url: world.issuer + path, token: bound.token });
    expect((await background(bound.token, { dpop }, 'DPoP')).status).toBe(404);
  });

  it('an API demands it of the tokens that are issued for it', async () => {
    await demand({});
    const audience = 'https://api.example/bound';
    await world.broker.issuance.apis.create({ identifier: audience, name: 'Bound', tokenBinding: 'dpop' });
    await demand({ apis: [audience] });
    const fields = { grant_type: 'client_credentials', audience };
    expect((await ask(fields)).body).toMatchObject({ error: 'invalid_request' });
    const { body } = await ask(fields, { dpop: await proofAt('/oauth/token') });
    expect(body).toMatchObject({ token_type: 'DPoP' });
  });
});

describe('what app, API and background demand', () => {
  let grants: Grants;
  const meets = { dpop: ['proof'], mtls: ['certificate'], any: ['proof', 'certificate'] } as const;
  const ways = ['nothing', 'proof', 'certificate'] as const;
  type Way = (typeof ways)[number];
  type Demand = keyof typeof meets;
  const demanded = Object.keys(meets) as Demand[];

  const give = async (way: Way | 'both', path = '/oauth/token'): Promise<Given> => ({
    ...((way === 'proof' || way === 'both') && { dpop: await proofAt(path) }),
    ...((way === 'certificate' || way === 'both') && { certificate: encoded(mine) }),
  });
  const send = async ({ by, path, fields }: TokenRequest, way: Way | 'both' = 'nothing') => {
    const { clientId: client_id, clientSecret: client_secret } = by ?? grants.app;
    return (await ask({ client_id, client_secret, ...fields }, await give(way, path), path)).body;
  };

  /** Lets one of them demand it, and the others nothing. */
  async function hold(holder: string | undefined, demand: Demand | 'none'): Promise<void> {
    const { apps, apis } = world.broker.issuance;
    const of = (name: string) => (holder === name ? demand : 'none');
    await apps.update(grants.app.clientId, { tokenBinding: of('app'), backgroundBinding: of('background') });
    await apps.update(grants.acting.clientId, { tokenBinding: of('acting app') });
    await apis.update(grants.api.clientId, { tokenBinding: of('api') });
  }

  /** Returns the key that a token is bound to, or the error. */
  function outcomeOf({ error, access_token: token }: Record<string, unknown>, isProviders = false): unknown {
    if (token === undefined) return error;
    return isProviders ? 'open' : Object.keys(decodeJwt(String(token)).cnf ?? {}).join();
  }

  beforeAll(async () => {
    grants = await createGrants(world, (app, request) => send({ by: app, ...request }, 'both'));
  });

  const holders = ['app', 'background', 'api', 'acting app'] as const;
  const cases = holders.flatMap((holder) => demanded.map((demand) => [holder, demand] as const));

  it.each(cases)('counts for each way to a token: the %s demands %s', async (holder, demand) => {
    const mine = Object.entries(grants.all).filter(([, grant]) => grant.holders.includes(holder));
    await hold(undefined, 'none');
    // A person is asked three times in ten minutes.
    await world.database.prisma.artifact.deleteMany({ where: { kind: 'BackchannelQuestion' } });
    const tries = [];
    for (const [name, grant] of mine)
      for (const way of ways) {
        const request = await grant.prepare(holder === 'api' ? grants.api.identifier : undefined);
        tries.push({ title: `${name}, with ${way}`, grant, way, request });
      }
    await hold(holder, demand);
    const found: Record<string, unknown> = {};
    for (const { title, request, way, grant } of tries)
      found[title] = outcomeOf(await send(request, way), grant.provider);
    const expected = tries.map(({ title, grant: { provider, error }, way }) => {
      // oidc-provider has its own error for what it knows the app to demand.
      const refusal = error ?? (/app|background/.test(holder) ? 'invalid_grant' : 'invalid_request');
      const key = provider ? 'open' : way === 'proof' ? 'jkt' : 'x5t#S256';
      return [title, meets[demand].some((one) => one === way) ? key : refusal];
    });
    expect(found).toEqual(Object.fromEntries(expected));
  });

  it('counts for each exchange of an access token, which needs the certificate that it is bound to', async () => {
    const { prepare } = grants.all['an authorization code'];
    await hold(undefined, 'none');
    const unbound = String((await send(await prepare(undefined))).access_token);
    await hold('app', 'mtls');
    const own = String((await send(await prepare(undefined), 'certificate')).access_token);
    for (const [name, exchange] of Object.entries(grants.exchanges)) {
      const outcomes = [];
      for (const way of ways) outcomes.push(outcomeOf(await send(exchange(own), way), true));
      outcomes.push(outcomeOf(await send(exchange(unbound), 'certificate'), true));
      const refusal = name.includes('Keycloak') ? 'invalid_token' : 'invalid_grant';
      expect([name, ...outcomes]).toEqual([name, refusal, refusal, 'open', refusal]);
    }
  });

  it('counts at the doors for a token that an API got before', async () => {
    await hold(undefined, 'none');
    const { prepare } = grants.all['an API’s exchange for a token of ours'];
    const token = String((await send(await prepare(undefined))).access_token);
    expect(decodeJwt(token).cnf).toBeUndefined();
    const door = async () => {
      const authorization = `Bearer ${token}`;
      return (await fetch(`${world.issuer}/v1/me/identities`, { headers: { authorization } })).status;
    };
    const introspect = async () =>
      (await send({ by: grants.api, path: '/oauth/introspect', fields: { token } })).active;
    expect([await door(), await introspect()]).toEqual([200, true]);
    await hold('api', 'any');
    expect([await door(), await introspect()]).toEqual([401, false]);
  });
});
