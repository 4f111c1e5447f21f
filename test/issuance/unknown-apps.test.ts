import { decodeJwt } from 'jose';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { days, hours, minutes } from '../../src/kit/clock.ts';
import type { Page } from '../support/browser.ts';
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts';
import { appBrowser, post, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { begin, callback, loopback, redeem, refresh } from './support/unknown-app.ts';

// Apps that no operator registered identify themselves by a metadata document.

let room: Room;
let host: DocumentHost;
let other: DocumentHost;
let count = 0;

beforeAll(async () => {
  [host, other] = [await startDocumentHost(), await startDocumentHost()];
  room = await openRoom({ privateHosts: [host.domain, other.domain] });
  await room.issuance.apis.create({
    identifier: 'https://mcp.example',
    name: 'Notes',
    scopes: [{ name: 'notes:read', description: 'Read your notes' }],
    clients: 'any',
  });
  await room.issuance.apis.create({ identifier: 'https://inner.example', name: 'Inner' });
});

beforeEach(async () => {
  count += 1;
  // An address may bring ten new apps in a minute.
  room.clock.advance(minutes(2));
  await room.issuance.admission.replace({ domains: [host.domain, other.domain] });
});

const document = (more: object = {}) => ({ client_name: 'Agent', redirect_uris: [callback], ...more });
const serve = (more: object = {}, headers = {}) => host.serve(`/agent-${count}`, document(more), headers);
const errorOf = (page: Page) => page.url.searchParams.get('error');

describe('an app with a metadata document', () => {
  it('signs a person in, is shown with its domain and redirect host, and keeps its tokens fresh', async () => {
    const clientId = serve();
    const browser = appBrowser();
    const attempt = begin(room, clientId);
    const consent = await browser.submit(await browser.open(attempt.url));
    expect(consent.text).toContain(`Agent (${host.domain})`);
    expect(consent.text).toContain('It is not one of the apps of this site.');
    expect(consent.text).toContain('Your answer goes to app.example');
    expect(consent.text).toContain('Keep this access while you are away');
    const { body } = await redeem(room, attempt, (await browser.submit(consent)).url);
    expect(decodeJwt(String(body.access_token)).client_id).toBe(clientId);
    const refreshed = await refresh(room, clientId, body.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(refreshed.body.refresh_token).not.toBe(body.refresh_token);
    const app = await room.issuance.apps.get(clientId);
    expect(app).toMatchObject({
      registration: 'document',
      domain: host.domain,
      firstParty: false,
      type: 'spa',
    });
    const { rows } = await room.database.pool.query(
      'SELECT type, app_id FROM audit_event WHERE app_id = $1',
      [clientId],
    );
    expect(rows).toContainEqual({ type: 'app.registered_by_document', app_id: clientId });
    expect((await room.issuance.consents('usr_lin'))[0]).toMatchObject({
      clientId,
      appName: `Agent (${host.domain})`,
    });
  });

  it('is asked about once for each person and app, whatever cookie exists', async () => {
    const browser = appBrowser();
    const open = async (clientId: string) => await browser.open(begin(room, clientId).url);
    const [one, two] = [serve(), host.serve(`/second-${count}`, document())];
    await throughPages(browser, await open(one));
    expect((await open(one)).url.searchParams.get('code')).toBeTruthy();
    const page = await open(two);
    expect(page.stopped).toBe(false);
    expect(page.text).toContain('asks for the following');
  });

  it('gets tokens of an API that takes any app, and of no other', async () => {
    const clientId = serve();
    const browser = appBrowser();
    const attempt = begin(room, clientId, { resource: 'https://mcp.example/', scope: undefined });
    const landed = await throughPages(browser, await browser.open(attempt.url));
    const { body } = await redeem(room, attempt, landed.url);
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      aud: 'https://mcp.example',
      scope: 'notes:read offline_access',
    });
    const refused = await appBrowser().open(begin(room, clientId, { resource: 'https://inner.example' }).url);
    expect(errorOf(refused)).toBe('invalid_target');
  });

  it('of a device may use any port of a loopback address, and the page warns', async () => {
    const clientId = serve({ redirect_uris: [`${loopback}/callback`, 'http://localhost/callback'] });
    for (const redirect of ['http://localhost:5123/callback', `${loopback}:9999/callback`]) {
      const browser = appBrowser();
      const attempt = begin(room, clientId, { redirect_uri: redirect });
      const consent = await browser.submit(await browser.open(attempt.url));
      expect(consent.text).toContain('any program can claim to be this app');
    }
    const wrong = await appBrowser().open(
      begin(room, clientId, { redirect_uri: 'http://localhost:1/other' }).url,
    );
    expect(wrong.status).toBe(400);
  });

  it.each([
    [
      'unknown scopes and members',
      { scope: 'mcp:tools everything', logo_uri: 'https://x.example/l.png', tos: 1 },
    ],
    ['unsupported grants', { grant_types: ['authorization_code', 'refresh_token', 'urn:x'] }],
    ['a private-use scheme beside https', { redirect_uris: ['agent://cb', callback] }],
    [
      'keys elsewhere, and none as another method',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'],
      },
    ],
    ['a name that claims a domain', { client_name: 'Claude (claude.ai)' }],
  ])('may have %s', async (_what, more) => {
    const asked = host.asked.length;
    const page = await appBrowser().open(begin(room, serve(more)).url);
    expect(page.status).toBe(200);
    // The logo is not read.
    expect(host.asked.slice(asked)).toEqual([`/agent-${count}`]);
    const app = await room.issuance.apps.get(host.address(`/agent-${count}`));
    expect(app?.name).toMatch(new RegExp(`^(Agent|Claude claude.ai) \\(${host.domain}\\)$`));
  });

  it('ends with its idle time, which each use extends', async () => {
    const clientId = serve();
    await room.issuance.admission.replace({ domains: [host.domain], idleDays: 2 });
    const attempt = begin(room, clientId);
    const browser = appBrowser();
    const landed = await throughPages(browser, await browser.open(attempt.url));
    const { body } = await redeem(room, attempt, landed.url);
    const { rows } = await room.database.pool.query(
      `SELECT extract(epoch FROM expires_at - now())::int AS left FROM artifact WHERE kind = 'RefreshToken' AND client_id = $1`,
      [clientId],
    );
    expect(rows[0]?.left / 86_400).toBeCloseTo(2, 1);
    // oidc-provider reads the system's time.
    onTestFinished(() => void vi.useRealTimers());
    const begun = Date.now();
    let token = body.refresh_token;
    for (const day of [1.5, 3, 4.5]) {
      vi.useFakeTimers({ toFake: ['Date'], now: begun + days(day) });
      const next = await refresh(room, clientId, token);
      expect([day, next.status]).toEqual([day, 200]);
      token = next.body.refresh_token;
    }
    vi.useFakeTimers({ toFake: ['Date'], now: begun + days(6.6) });
    expect((await refresh(room, clientId, token)).body.error).toBe('invalid_grant');
  });
});

describe('what an app demands of its own requests', () => {
  it('holds, is no change for people, and stays when an operator has demanded more', async () => {
    const clientId = serve();
    const browser = appBrowser();
    await throughPages(browser, await browser.open(begin(room, clientId).url));
    serve({ dpop_bound_access_tokens: true });
    room.clock.advance(hours(25));
    const attempt = begin(room, clientId);
    // The person has allowed it, and is not asked again.
    const landed = await browser.open(attempt.url);
    expect(landed.url.searchParams.get('code')).toBeTruthy();
    expect((await redeem(room, attempt, landed.url)).body.error).toBe('invalid_grant');
    expect(await room.issuance.apps.get(clientId)).toMatchObject({ tokenBinding: 'dpop' });
    await room.issuance.apps.update(clientId, { tokenBinding: 'any' });
    serve({ dpop_bound_access_tokens: true, require_pushed_authorization_requests: true });
    room.clock.advance(hours(25));
    expect(errorOf(await browser.open(begin(room, clientId).url))).toBe('invalid_request');
    expect(await room.issuance.apps.get(clientId)).toMatchObject({
      tokenBinding: 'any',
      requirePushedAuthorizationRequests: true,
    });
  });
});

describe('two apps of one name', () => {
  it('are told apart by their domains', async () => {
    const pages = await Promise.all(
      [host, other].map(async (at) => {
        const browser = appBrowser();
        const clientId = at.serve(`/twin-${count}`, document({ client_name: 'Twin' }));
        return await browser.submit(await browser.open(begin(room, clientId).url));
      }),
    );
    expect(pages.map(({ text }) => /Twin \(localhost:\d+\)/.exec(text)?.[0])).toEqual([
      `Twin (${host.domain})`,
      `Twin (${other.domain})`,
    ]);
  });
});

describe('a document that changes', () => {
  async function allowed(more: object = {}) {
    const clientId = serve(more);
    const browser = appBrowser();
    const attempt = begin(room, clientId);
    const landed = await throughPages(browser, await browser.open(attempt.url));
    const { body } = await redeem(room, attempt, landed.url);
    return { clientId, browser, refreshToken: body.refresh_token };
  }

  it('is read again when it is no longer fresh, and not before', async () => {
    const { clientId, browser } = await allowed();
    const asked = host.asked.length;
    await browser.open(begin(room, clientId).url);
    expect(host.asked).toHaveLength(asked);
    room.clock.advance(hours(25));
    await browser.open(begin(room, clientId).url);
    expect(host.asked).toHaveLength(asked + 1);
  });

  it.each([
    ['name', { client_name: 'Your bank' }],
    ['redirect URIs', { redirect_uris: [callback, 'https://elsewhere.example/cb'] }],
  ])('its %s is asked about again', async (_what, change) => {
    const { clientId, browser, refreshToken } = await allowed();
    serve(change);
    room.clock.advance(hours(25));
    const page = await browser.open(begin(room, clientId).url);
    expect(page.text).toContain('The app has changed its description since you allowed it.');
    const { rows } = await room.database.pool.query(
      `SELECT count(*)::int AS n FROM audit_event WHERE app_id = $1 AND type = 'app.document_changed'`,
      [clientId],
    );
    expect(rows).toEqual([{ n: 1 }]);
    // What the app has got already is its own.
    expect((await refresh(room, clientId, refreshToken)).status).toBe(200);
    room.clock.advance(minutes(1));
    await throughPages(browser, page);
    expect((await browser.open(begin(room, clientId).url)).url.searchParams.get('code')).toBeTruthy();
  });

  it('while a consent page is open, is shown before it is allowed', async () => {
    const clientId = serve();
    const browser = appBrowser();
    const open = await browser.submit(await browser.open(begin(room, clientId).url));
    serve({ client_name: 'Your bank', redirect_uris: [callback, 'https://elsewhere.example/cb'] });
    room.clock.advance(hours(25));
    await appBrowser().open(begin(room, clientId).url);
    const again = await browser.submit(open);
    expect([again.stopped, again.text]).toEqual([false, expect.stringContaining('Your bank')]);
    expect(await room.issuance.consents('usr_lin')).not.toContainEqual(expect.objectContaining({ clientId }));
    room.clock.advance(minutes(1));
    expect((await browser.submit(again)).url.searchParams.get('code')).toBeTruthy();
  });

  it('serves for a week while its host is away', async () => {
    const { clientId, browser } = await allowed();
    host.answer(`/agent-${count}`, (_request, response) => void response.writeHead(503).end());
    room.clock.advance(days(2));
    expect((await browser.open(begin(room, clientId).url)).url.searchParams.get('code')).toBeTruthy();
    room.clock.advance(days(6));
    expect((await browser.open(begin(room, clientId).url)).status).toBe(400);
  });
});

describe('the rules', () => {
  it('are in the metadata: clients are told to come only if some can', async () => {
    const metadata = async () =>
      await (await fetch(`${room.issuer}/.well-known/oauth-authorization-server`)).json();
    expect(await metadata()).toMatchObject({ client_id_metadata_document_supported: true });
    await room.issuance.admission.replace({});
    expect(await metadata()).not.toHaveProperty('client_id_metadata_document_supported');
    await room.issuance.admission.replace({ metadataDocuments: 'any' });
    expect(await metadata()).toMatchObject({ client_id_metadata_document_supported: true });
    expect(await metadata()).not.toHaveProperty('registration_endpoint');
  });

  it.each([
    ['off', () => ({ metadataDocuments: 'off' as const })],
    ['another list', () => ({ domains: ['claude.ai'] })],
    ['a blocked domain', () => ({ metadataDocuments: 'any' as const, blockedDomains: [host.domain] })],
  ])('refuse by %s, also an app that has come before', async (_why, rules) => {
    const clientId = serve();
    const browser = appBrowser();
    const attempt = begin(room, clientId);
    const { body } = await redeem(
      room,
      attempt,
      (await throughPages(browser, await browser.open(attempt.url))).url,
    );
    await room.issuance.admission.replace(rules());
    expect((await browser.open(begin(room, clientId).url)).status).toBe(400);
    expect((await refresh(room, clientId, body.refresh_token)).body.error).toBe('invalid_client');
    const asked = host.asked.length;
    const unseen = host.serve(`/unseen-${count}`, document());
    expect((await appBrowser().open(begin(room, unseen).url)).status).toBe(400);
    expect(host.asked).toHaveLength(asked);
  });

  it('never make it first-party, hand it a provider token, or let it act in the background', async () => {
    const clientId = serve();
    await appBrowser().open(begin(room, clientId).url);
    const { apps } = room.issuance;
    await expect(apps.update(clientId, { firstParty: true })).rejects.toMatchObject({ status: 422 });
    await expect(apps.update(clientId, { redirectUris: ['https://x.example/'] })).rejects.toMatchObject({
      status: 422,
    });
    await apps.update(clientId, { connections: [{ connection: 'wechat', background: true, handout: true }] });
    const policy = await apps.policyNow(clientId);
    expect([...policy.values()]).toMatchObject([{ alias: 'wechat', background: false, handout: false }]);
    const own = await post(`${room.issuer}/oauth/token`, {
      grant_type: 'client_credentials',
      client_id: clientId,
    });
    expect(own.status).toBe(400);
  });
});
