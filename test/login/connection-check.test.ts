import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkRegistration } from '../../src/connectors/check/check-registration.ts';
import type { Endpoints, Registration } from '../../src/connectors/contract/registration.ts';
import { createOutbound } from '../../src/kit/outbound.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { Connection } from '../../src/login/connections.ts';
import { adminClient } from '../admin/client.ts';
import { atEnd } from '../support/at-end.ts';
import { testClock } from '../support/clock.ts';
import { createWorld, freePort, type World } from '../support/world.ts';

let world: World;
let connections: readonly Connection[];
beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  connections = await world.broker.connections.all();
});

function named(alias: string): Connection {
  const found = connections.find((connection) => connection.alias === alias);
  if (!found) throw new Error(`no connection ${alias}`);
  return found;
}

/** The connection with these settings. */
async function checked(alias: string, other: Partial<Registration> = {}, clock = world.clock) {
  const { connector, registration } = named(alias);
  const outbound = createOutbound({ allowedPrivateHosts: ['localhost'] });
  const changed = { ...registration, ...other };
  try {
    const findings = await checkRegistration({ connector, registration: changed, outbound, clock });
    const secrets = [changed.clientSecret, ...Object.values(changed.secrets)].map((secret) =>
      secret?.reveal(),
    );
    for (const secret of secrets) if (secret) expect(JSON.stringify(findings)).not.toContain(secret.trim());
    return Object.fromEntries(findings.map(({ check, verdict, detail }) => [check, `${verdict}: ${detail}`]));
  } finally {
    await outbound.close();
  }
}

describe('checking a connection', () => {
  it('finds nothing to fix at any provider of the lab', async () => {
    expect(connections.length).toBeGreaterThan(45);
    const found = [];
    for (const connection of connections) {
      const findings = await connection.check();
      expect(findings.map(({ check }) => check)).toEqual(
        expect.arrayContaining(['redirect-uri', 'token-endpoint', 'clock']),
      );
      found.push(
        ...findings
          .filter(({ verdict }) => verdict === 'to-fix')
          .map((finding) => [connection.alias, finding]),
      );
    }
    expect(found).toEqual([]);
  });

  it('reports a wrong secret as accepted nowhere', async () => {
    const accepted = [];
    for (const { alias, connector, registration } of connections) {
      if (connector.clientAuthentication === 'none' || connector.mintClientSecret) continue;
      const clientSecret = new Secret(`${registration.clientSecret?.reveal() ?? ''}x`);
      const { 'token-endpoint': said = '' } = await checked(alias, { clientSecret });
      if (said.startsWith('ok')) accepted.push(alias);
    }
    expect(accepted).toEqual([]);
  });

  it.each(['wechat', 'google', 'github', 'facebook', 'qq', 'wecom', 'dingtalk'])(
    'reports at %s that the secret is wrong',
    async (alias) => {
      const clientSecret = new Secret('somebody-else-s-secret');
      expect((await checked(alias, { clientSecret }))['token-endpoint']).toMatch(
        /^to-fix: It refused the client/,
      );
    },
  );

  it('reports a wrong clock, with the difference', async () => {
    const late = testClock(new Date(world.clock.now().getTime() - 120_000));
    expect((await checked('github', {}, late)).clock).toMatch(/^to-fix: Ours is 1\d\d s behind/);
    const early = testClock(new Date(world.clock.now().getTime() + 3_600_000));
    expect((await checked('google', {}, early)).clock).toMatch(/^to-fix: Ours is 3\d{3} s ahead of/);
    expect((await checked('google')).clock).toMatch(/^ok/);
  });

  it('reports a host that does not answer', async () => {
    const nobody = `http://localhost:${await freePort()}`;
    const { registration } = named('google');
    const dead = { ...registration.endpoints, token: `${nobody}/token`, jwks: `${nobody}/keys` };
    const said = await checked('google', { endpoints: dead, issuer: nobody });
    for (const check of ['discovery', 'keys', 'token-endpoint'])
      expect(said[check], check).toMatch(/^to-fix: localhost:\d+ does not answer \(unreachable\)/);
    expect(said.clock).toMatch(/^not-tried/);
  });

  it('asks all things at once, so that a provider that hangs takes the time of one request', async () => {
    const asked = new Set<string>();
    const { promise: allAsked, resolve } = Promise.withResolvers<void>();
    const server = createServer(async (request, response) => {
      asked.add(request.url ?? '');
      if (asked.size === 4) resolve();
      await allAsked;
      response.statusCode = 503;
      response.end();
    }).listen(0);
    atEnd(() => server.close());
    atEnd(() => server.closeAllConnections());
    const base = `http://localhost:${(server.address() as AddressInfo).port}`;
    const [jwks, token, userinfo] = ['keys', 'token', 'me'].map((name) => `${base}/${name}`);
    const endpoints = { ...named('google').registration.endpoints, jwks, token, userinfo } as Endpoints;
    const said = await checked('google', { endpoints, issuer: base });
    expect(said['token-endpoint']).toContain('not available now (status 503');
    expect(said.keys).toMatch(/^to-fix: There are no keys/);
  });

  it('reports a private address', async () => {
    const { endpoints } = named('github').registration;
    const at = (token: string) => checked('github', { endpoints: { ...endpoints, token } });
    expect((await at('http://provider.example/token'))['token-endpoint']).toMatch(/^to-fix: .* is not https/);
    expect((await at('https://10.0.0.1/token'))['token-endpoint']).toMatch(
      /^to-fix: .*ALLOWED_PRIVATE_HOSTS/,
    );
  });

  it('compares endpoints with those that the provider publishes', async () => {
    const { endpoints } = named('google').registration;
    const said = await checked('google', {
      endpoints: { ...endpoints, revocation: `${endpoints.api}/elsewhere` },
    });
    expect(said.discovery).toMatch(
      /^to-fix: Endpoint revocation is .*elsewhere here, and .*\/revoke as published/,
    );
    expect((await checked('google')).discovery).toMatch(/^ok/);
  });

  it('reports an empty key set, and a page in its place', async () => {
    const server = createServer((request, response) => {
      response.end(request.url === '/empty' ? '{"keys":[]}' : '<!doctype html>');
    }).listen(0);
    atEnd(() => server.close());
    const base = `http://localhost:${(server.address() as AddressInfo).port}`;
    const { endpoints } = named('google').registration;
    for (const path of ['/empty', '/page'])
      expect((await checked('google', { endpoints: { ...endpoints, jwks: base + path } })).keys).toMatch(
        /^to-fix: There are no keys/,
      );
  });

  it.each([
    [' copied-with-space', /white space/],
    ['line\n', /white space/],
    ['"quoted"', /quotation marks/],
    ['zero\u200bwidth', /cannot be seen/],
    ['-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----', /PEM key that cannot be read/],
  ])('reports the fault of the secret %j', async (secret, said) => {
    const found = await checked('github', { clientSecret: new Secret(secret) });
    expect(found['client-secret']).toMatch(/^to-fix/);
    expect(found['client-secret']).toMatch(said);
    expect((await checked('github', { secrets: { any: new Secret(secret) } })).options).toMatch(said);
  });

  it.each(['facebook', 'kakao'])(
    'asks for the keys of %s only if its SDK may sign people in',
    async (alias) => {
      const { options, endpoints } = named(alias).registration;
      const nowhere = { endpoints: { ...endpoints, jwks: 'http://localhost:1/jwks' } };
      expect((await checked(alias)).keys).toMatch(/^ok/);
      expect((await checked(alias, nowhere)).keys).toMatch(/^to-fix/);
      const { native_audience: _, ...others } = options;
      expect((await checked(alias, { ...nowhere, options: others })).keys).toBeUndefined();
    },
  );

  it('names a stored parameter that no authorize request carries', async () => {
    const { options } = named('google').registration;
    const withParameters = (authorize_parameters: string) =>
      checked('google', { options: { ...options, authorize_parameters } });
    expect((await withParameters('access_type=online&hl=de')).options).toBe(
      'to-fix: Option authorize_parameters names access_type, which the broker sets itself: take it out.',
    );
    expect((await withParameters('hl=de')).options).toMatch(/^ok/);
  });

  it('states the algorithms of ID tokens, and what it could not test', async () => {
    const google = await checked('google');
    expect(google['id-token']).toMatch(/^ok: Signed by RS256/);
    expect(google.userinfo).toMatch(/^not-tried: .* answers 401 without a token/);
    const { connector, registration } = named('google');
    const outbound = createOutbound({ allowedPrivateHosts: ['localhost'] });
    const options = { id_token_algorithm: { about: 'What signs.' } };
    const sure = { ...connector, options, idTokenAlgorithms: ['ES256'] };
    const findings = await checkRegistration({ connector: sure, registration, outbound, clock: world.clock });
    await outbound.close();
    expect(findings.find(({ check }) => check === 'id-token')).toMatchObject({
      verdict: 'to-fix',
      detail: expect.stringContaining('Set option id_token_algorithm.'),
    });
    const endpoints = { ...registration.endpoints, userinfo: `http://localhost:${await freePort()}/me` };
    expect((await checked('google', { endpoints })).userinfo).toMatch(/^to-fix: .* does not answer/);
    expect((await checked('line'))['id-token']).toMatch(/^not-tried: The provider publishes/);
  });

  it('reports that no client secret can be derived from the input', async () => {
    const said = await checked('apple', { clientSecret: new Secret('no-key-at-all') });
    expect(said['client-secret']).toMatch(/^to-fix: No client secret can be made/);
    expect(said['token-endpoint']).toMatch(/^to-fix/);
    expect((await checked('apple'))['client-secret']).toMatch(/^ok/);
  });

  it('reports an id that is not of this provider', async () => {
    expect((await checked('wechat', { clientId: '1050105010501050' }))['client-id']).toMatch(/^to-fix/);
    expect((await checked('google', { clientId: 'wx5ab0105ab0105ab0' }))['client-id']).toMatch(/^to-fix/);
  });

  it('reports a redirect URI that no provider, or not this one, accepts', async () => {
    const at = async (alias: string, origin: string) => {
      const redirectUri = `${origin}/connections/${alias}/callback`;
      const { endpoints } = named(alias).connector;
      return (
        await checked(alias, {
          redirectUri,
          endpoints: { ...endpoints, token: `http://localhost:${await freePort()}` },
        })
      )['redirect-uri'];
    };
    expect(await at('github', 'http://id.example.com')).toMatch(/^to-fix: .*PUBLIC_URL to https/);
    expect(await at('github', 'http://localhost:3000')).toMatch(/^ok/);
    expect(await at('github', 'https://id.example.com')).toMatch(/^ok: .*callback$/);
    expect(await at('slack', 'http://localhost:3000')).toMatch(/^to-fix: This provider refuses http/);
    expect(await at('spotify', 'http://localhost:3000')).toMatch(/^to-fix: This provider refuses localhost/);
    expect(await at('spotify', 'http://127.0.0.1:3000')).toMatch(/^ok/);
  });

  it('is an operation of the admin API', async () => {
    const call = adminClient(world);
    const good = await call('POST', '/connections/github/check');
    expect(good.status).toBe(200);
    expect(good.body.ok).toBe(true);
    await call('PATCH', '/connections/github', { client_secret: 'somebody-else-s-secret' });
    const wrong = await call('POST', '/connections/github/check');
    expect(wrong.body.ok).toBe(false);
    expect(wrong.body.checks).toContainEqual(
      expect.objectContaining({ check: 'token-endpoint', verdict: 'to-fix' }),
    );
    expect(wrong.text).not.toContain('somebody-else-s-secret');
    expect(await call('POST', '/connections/nowhere/check')).toMatchObject({ status: 404 });
  });
});
