import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { admitsDomain } from '../../src/issuance/admission/admission.ts';
import { usualRules } from '../../src/issuance/admission/admission-rules.ts';
import { domainOfAddress } from '../../src/issuance/admission/document-address.ts';
import { createFirstReads } from '../../src/issuance/admission/first-reads.ts';
import { days, hours, minutes } from '../../src/kit/clock.ts';
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts';
import { appBrowser, post, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { begin, callback, redeem, refresh } from './support/unknown-app.ts';

// Hostile client ids and metadata documents. None leads to a page that a person could allow.

let room: Room;
let host: DocumentHost;
/** A host with a private address, which the guarded client does not reach. */
let inside: DocumentHost;

beforeAll(async () => {
  [host, inside] = [await startDocumentHost(), await startDocumentHost()];
  room = await openRoom({ privateHosts: [host.domain] });
  await room.issuance.admission.replace({ metadataDocuments: 'any' });
});

beforeEach(() => room.clock.advance(minutes(2)));

const good = (more: object = {}) => ({ client_name: 'Agent', redirect_uris: [callback], ...more });

async function refused(clientId: string): Promise<string> {
  const page = await appBrowser().open(begin(room, clientId).url);
  expect([page.status, page.stopped]).toEqual([400, false]);
  expect(page.forms).toHaveLength(0);
  expect(await room.issuance.apps.get(clientId)).toBeUndefined();
  return page.text;
}

describe('a metadata document is refused', () => {
  it('at an internal address, by name and by number', async () => {
    const byName = inside.serve('/agent', good());
    expect(await refused(byName)).toContain('its host has no public address');
    for (const internal of ['127.0.0.1', '[::1]', '169.254.169.254', '10.0.0.1', '[::ffff:127.0.0.1]'])
      await refused(new URL(`https://${internal}:8443/agent`).href);
    expect(inside.asked).toEqual([]);
  });

  it.each([
    ['redirects', 302, { location: '/elsewhere' }, 'its address redirects'],
    ['answers with another success', 201, { 'content-type': 'application/json' }, 'answers with status 201'],
    ['is not found', 404, {}, 'answers with status 404'],
  ])('that %s', async (name, status, headers, words) => {
    const target = host.serve('/elsewhere', good());
    const path = `/${encodeURIComponent(name)}`;
    const clientId = host.answer(path, (_request, response) => {
      response.writeHead(status, headers).end(JSON.stringify({ client_id: host.address(path), ...good() }));
    });
    expect(await refused(clientId)).toContain(words);
    expect(host.asked).not.toContain(new URL(target).pathname);
  });

  it('that is slow, and the person waits three seconds at most', async () => {
    const clientId = host.answer('/slow', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    });
    expect(await refused(clientId)).toContain('does not answer in time');
    expect(host.asked.filter((path) => path === '/slow')).toHaveLength(1);
  });

  it.each([
    ['too big', { client_name: 'x'.repeat(6_000) }, 'larger than 5 kB'],
    ['of another client', { client_id: 'https://app.example/agent' }, 'not its own address'],
    ['with a secret', { client_secret: 'shared' }, 'must not hold a secret'],
    ['with the end of a secret', { client_secret_expires_at: 0 }, 'must not hold a secret'],
    ['for a shared secret', { token_endpoint_auth_method: 'client_secret_basic' }, 'shared secret'],
    ['for a secret’s assertion', { token_endpoint_auth_method: 'client_secret_jwt' }, 'shared secret'],
    ['for a certificate', { token_endpoint_auth_method: 'tls_client_auth' }, 'must be none'],
    ['without addresses', { redirect_uris: [] }, 'redirect_uris'],
    ['with plain http', { redirect_uris: ['http://app.example/cb'] }, 'no redirect_uri'],
    [
      'with scripts for addresses',
      { redirect_uris: ['javascript:alert(1)', 'agent://cb'] },
      'no redirect_uri',
    ],
    ['for tokens in the browser', { response_types: ['token'] }, 'response_types'],
    [
      'with a private key',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'RSA', d: 'x' }] } },
      'jwks',
    ],
  ])('%s', async (name, more, words) => {
    const clientId = host.serve(`/${encodeURIComponent(name)}`, good(more));
    expect(await refused(clientId)).toContain(words);
  });

  it.each([
    ['text', 'text/plain', '{}'],
    ['a page', 'text/html', '<html>'],
    ['a list', 'application/json', '[]'],
    ['broken', 'application/json', '{"client_id":'],
  ])('that is %s', async (name, type, body) => {
    const clientId = host.answer(`/type-${encodeURIComponent(name)}`, (_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    await refused(clientId);
  });
});

describe('a client id is no address of a document', () => {
  it.each([
    ['http', (at: string) => at.replace('https:', 'http:')],
    ['capitals', (at: string) => at.replace('localhost', 'LOCALHOST')],
    ['a fragment', (at: string) => `${at}#x`],
    ['a user', (at: string) => at.replace('https://', 'https://user@')],
    ['dot segments', (at: string) => at.replace('/agent', '/x/../agent')],
    ['encoded dot segments', (at: string) => at.replace('/agent', '/x/%2e%2e/agent')],
    ['a backslash', (at: string) => at.replace('/agent', '\\agent')],
    ['a space', (at: string) => `${at} `],
    ['no path', (at: string) => at.replace('/agent', '')],
    ['600 characters', (at: string) => `${at}?${'x'.repeat(600)}`],
  ])('with %s: it is not asked for', async (_what, spelled) => {
    const at = host.serve('/agent', good());
    const asked = host.asked.length;
    await refused(spelled(at));
    expect(host.asked).toHaveLength(asked);
  });

  it.each(['agent.example.', 'agent.example).other.example', 'a,b.example', 'a;b.example', "a'b.example"])(
    'at the host %s',
    (spelled) => {
      expect(domainOfAddress(`https://${spelled}/agent`)).toBeUndefined();
    },
  );

  it('at another port of a blocked host', () => {
    const rules = { ...usualRules, metadataDocuments: 'any', blockedDomains: ['agent.example'] } as const;
    const admitted = ['agent.example', 'agent.example:8443', 'x.agent.example', 'other.example:8443'];
    expect(admitted.map((domain) => admitsDomain(rules, domain))).toEqual([false, false, true, true]);
  });

  it('that differs by one byte is another app', async () => {
    const at = host.serve('/agent', good());
    host.answer('/agent/', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ client_id: at, ...good() }));
    });
    expect(await refused(`${at}/`)).toContain('not its own address');
  });
});

describe('documents are read', () => {
  it('for no token request of a client that never began a sign-in', async () => {
    const clientId = host.serve('/unseen', good());
    const answer = await post(`${room.issuer}/oauth/token`, {
      grant_type: 'authorization_code',
      client_id: clientId,
      code: 'x'.repeat(43),
      redirect_uri: callback,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(host.asked).not.toContain('/unseen');
  });

  it('for ten new apps of an address in a minute, and once for each refused request', async () => {
    const before = host.asked.length;
    for (let n = 0; n < 12; n += 1) await appBrowser().open(begin(room, host.address(`/many-${n}`)).url);
    expect(host.asked).toHaveLength(before + 10);
  });

  it('for so many of one domain that those of another and registrations still have room', () => {
    const reads = createFirstReads(room.clock, { network: 2, domain: 4, all: 6 });
    const takes = (network: string, domain?: string) => {
      try {
        return reads.take(network, domain) ?? 'read';
      } catch (error) {
        return (error as Error).constructor.name;
      }
    };
    const busy = Array.from({ length: 5 }, (_, n) => takes(`10.0.${Math.floor(n / 2)}.0/24`, 'a.example'));
    expect(busy).toEqual(['read', 'read', 'read', 'read', 'TooManyNewApps']);
    expect([takes('10.0.0.0/24', 'b.example'), takes('10.0.9.0/24', 'b.example')]).toEqual([
      'TooManyNewApps',
      'read',
    ]);
    expect([takes('10.0.9.0/24', 'c.example'), takes('10.0.8.0/24', 'c.example')]).toEqual([
      'read',
      'TooManyNewApps',
    ]);
    expect(takes('10.0.7.0/24')).toBe('read');
  });
});

describe('a known document', () => {
  it('that its host no longer gives is asked for once a minute, however often a caller names it', async () => {
    const clientId = host.serve('/away', good());
    await appBrowser().open(begin(room, clientId).url);
    host.answer('/away', (_request, response) => void response.writeHead(503).end());
    room.clock.advance(days(2));
    const before = host.asked.length;
    const open = async () => await appBrowser().open(begin(room, clientId).url);
    for (let n = 0; n < 3; n += 1) expect((await open()).status).toBe(200);
    expect(host.asked).toHaveLength(before + 1);
    room.clock.advance(minutes(1));
    await open();
    expect(host.asked).toHaveLength(before + 2);
  });

  it('with a name that is too long is cut between characters, and stored as it is', async () => {
    const clientId = host.serve('/long', good({ client_name: `${'x'.repeat(59)}😀😀` }));
    await appBrowser().open(begin(room, clientId).url);
    expect((await room.issuance.apps.get(clientId))?.name).toBe(`${'x'.repeat(59)}😀 (${host.domain})`);
  });
});

describe('keys of a document', () => {
  it('that change end the tokens of the former ones', async () => {
    const keyed = async () => ({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [await exportJWK((await generateKeyPair('ES256')).publicKey)] },
    });
    const clientId = host.serve('/keyed', good());
    const attempt = begin(room, clientId);
    const browser = appBrowser();
    const landed = await throughPages(browser, await browser.open(attempt.url));
    const { body } = await redeem(room, attempt, landed.url);
    host.serve('/keyed', good(await keyed()));
    room.clock.advance(hours(25));
    await browser.open(begin(room, clientId).url);
    // The app that held the token has no key, and the one with the key did not get it.
    expect((await refresh(room, clientId, body.refresh_token)).status).toBe(401);
    const { rows } = await room.database.pool.query(
      `SELECT count(*)::int AS n FROM artifact WHERE kind = 'RefreshToken' AND client_id = $1`,
      [clientId],
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('that change end the tokens, although the process stops before it has deleted them', async () => {
    const { clientId, accessToken } = await signedIn('/crashed');
    host.serve(
      '/crashed',
      good({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://a.example/k' }),
    );
    await room.database.pool.query(`CREATE FUNCTION stops() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'the process stops here'; END $$;
      CREATE TRIGGER stops BEFORE DELETE ON artifact FOR EACH STATEMENT EXECUTE FUNCTION stops()`);
    room.clock.advance(hours(25));
    expect((await appBrowser().open(begin(room, clientId).url)).status).toBe(500);
    await room.database.pool.query('DROP FUNCTION stops CASCADE');
    expect((await room.issuance.apps.get(clientId))?.jwksUri).toBe('https://a.example/k');
    await vi.waitFor(() => expect(accepted(accessToken)).resolves.toBe(false));
  });
});

async function signedIn(path: string) {
  const clientId = host.serve(path, good());
  const attempt = begin(room, clientId);
  const browser = appBrowser();
  const landed = await throughPages(browser, await browser.open(attempt.url));
  const { body } = await redeem(room, attempt, landed.url);
  return { clientId, accessToken: String(body.access_token) };
}

async function accepted(accessToken: string): Promise<boolean> {
  const verified = room.issuance.verifyAccessToken(accessToken, `${room.issuer}/v1`);
  return await verified.then(
    () => true,
    () => false,
  );
}

describe('a token that another process issued before it knew of a refusal', () => {
  it.each([
    [
      'switched off',
      (id: string) => room.database.prisma.app.update({ where: { id }, data: { enabled: false } }),
    ],
    [
      'removed',
      (id: string) => room.database.prisma.app.update({ where: { id }, data: { removedAt: new Date() } }),
    ],
    [
      'blocked by the rules',
      () => room.database.prisma.appAdmission.updateMany({ data: { blockedDomains: [host.domain] } }),
    ],
  ])('is refused, where the app is %s', async (name, refuse) => {
    const { clientId, accessToken } = await signedIn(`/late-${encodeURIComponent(name)}`);
    expect(await accepted(accessToken)).toBe(true);
    // The rows change without the revocations that come with it.
    await refuse(clientId);
    await room.adopt();
    room.clock.advance(minutes(2));
    expect(await accepted(accessToken)).toBe(false);
    await room.issuance.admission.replace({ metadataDocuments: 'any' });
  });

  it.each(['jwt', 'opaque'] as const)('is inactive for an API that introspects it, as %s', async (format) => {
    const identifier = `https://${format}.example`;
    const name = 'Notes';
    await room.issuance.apis.create({ identifier, name, accessTokenFormat: format, scopes: [] });
    const app = await registerApp(room, { apis: [identifier] });
    const reader = await registerApp(room, { introspects: [identifier] });
    const { tokens } = await app.signIn({ scope: 'openid', audience: identifier });
    const isActive = async () => {
      const form = { client_id: reader.id, client_secret: reader.secret ?? '', token: tokens.access_token };
      return (await post(`${room.issuer}/oauth/introspect`, form)).body.active;
    };
    expect(await isActive()).toBe(true);
    await room.database.prisma.app.update({ where: { id: app.id }, data: { enabled: false } });
    await room.adopt();
    room.clock.advance(minutes(2));
    expect(await isActive()).toBe(false);
  });
});
