import { Readable } from 'node:stream';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { identitiesOn, visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { type Answer, postForm } from '../dialects/ask.ts';
import type { TestApp, Tokens } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { dump } from '../support/leaks.ts';
import {
  askElsewhere,
  createExactWorld,
  credentials,
  decide,
  type ExactWorld,
  letIn,
  poll,
  tea,
  toConsent,
} from './exact-calls-stage.ts';

// An app asks a person to approve one exact call (RFC 9396), elsewhere or in the browser. The token lets it through, once.

let stage: ExactWorld;
let app: TestApp;

beforeAll(async () => {
  stage = await createExactWorld();
  app = await stage.app();
});

let people = 0;
const somebody = () => `visitor-${++people}`;

/** A new person signs in, and allows the calls. */
async function approved(details: readonly object[] = [tea], more: Partial<SignIn> = {}): Promise<Tokens> {
  const { user = somebody(), scope = 'openid', by = app, ...rest } = more;
  const parameters = { authorization_details: JSON.stringify(details) };
  return await by.signIn({ connection: 'google', user, scope, parameters, ...rest });
}
type SignIn = Parameters<TestApp['signIn']>[0] & { readonly by: TestApp };

const refusal = ({ status, body }: Answer) => [status, body.code, body.reason];

const appBrowser = () => createBrowser({ stopAt: ['https://app.example/'] });

describe('a call that an app asks for elsewhere', () => {
  it('is shown to the person, approved, and made exactly once', async () => {
    const { world, writes } = stage;
    const ada = await letIn(world, app, 'ada');
    const { status, body } = await askElsewhere(world, app, ada.userId, [tea]);
    expect(status).toBe(200);
    expect((await poll(world, app, body.auth_req_id)).error).toBe('authorization_pending');
    const page = await decide(ada, 'approve');
    for (const words of [
      'Test app',
      'POST',
      '/events',
      'calendar=home',
      '"title":"Tea"',
      'You asked for tea',
    ])
      expect(page.text).toContain(words);
    expect(page.html).not.toContain('<b>quietly</b>');

    const tokens = await poll(world, app, body.auth_req_id);
    const token = String(tokens.access_token);
    const [granted] = tokens.authorization_details as [{ identifier: string; body_digest: string }];
    expect(granted).toMatchObject({
      type: 'symbolon_call',
      connection: 'google',
      method: 'POST',
      path: '/events',
    });
    expect(decodeJwt(token).authorization_details).toEqual([granted]);
    expect(JSON.stringify([tokens, decodeJwt(token)])).not.toContain('quietly');
    const introspected = await postForm(`${world.issuer}/oauth/introspect`, { ...credentials(app), token });
    expect(introspected.body).toMatchObject({ active: true, authorization_details: [granted] });

    const before = writes().length;
    const spaced = JSON.stringify(tea.body, null, 2);
    expect(await stage.call(token, { body: spaced })).toMatchObject({ status: 201, body: { id: 7 } });
    expect(writes().slice(before)).toMatchObject([
      { method: 'POST', url: '/base/events?calendar=home', body: JSON.stringify(tea.body) },
    ]);
    expect(await stage.call(token)).toMatchObject({
      status: 403,
      body: { code: 'call_not_approved', reason: 'used' },
    });
    expect(writes()).toHaveLength(before + 1);
    const events = itemsOf(
      await adminClient(world)(
        'GET',
        `/events?type=approval.approved&type=approval.used&app=${app.clientId}`,
      ),
    );
    const of = events.filter(({ detail }) => JSON.stringify(detail).includes(granted.identifier));
    expect(of.map(({ type }) => type).sort()).toEqual(['approval.approved', 'approval.used']);
    expect(JSON.stringify(events)).not.toContain('quietly');
  });
});

describe('the token', () => {
  it('gives no more than the call', async () => {
    const { call, writes } = stage;
    const { access_token: token } = await approved();
    const before = writes().length;
    const [note] = [tea.body.note];
    const others = {
      'one byte of the content': { body: JSON.stringify({ title: 'Teb', note }) },
      'another member': { body: JSON.stringify({ ...tea.body, more: 1 }) },
      'a member that parsers drop': { body: `{"__proto__":{},${JSON.stringify(tea.body).slice(1)}` },
      'another spelling of the path': { path: '/%65vents?calendar=home' },
      'a slash at the end': { path: '/events/?calendar=home' },
      'an encoding': { headers: { 'content-encoding': 'identity' } },
      'another order': { body: JSON.stringify({ note, title: 'Tea' }) },
      'no content': { body: '' },
      'content that is no text': { body: '\u0000' },
      'another query': { path: '/events?calendar=work' },
      'a longer query': { path: '/events?calendar=home&x=1' },
      'another path': { path: '/events/1?calendar=home' },
      'another method': { method: 'PUT' },
      'another content type': { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'a further header that counts': { headers: { 'content-language': 'de' } },
    };
    for (const [name, change] of Object.entries(others))
      expect(await call(token, change), name).toMatchObject({
        status: 403,
        body: { code: 'call_not_approved', reason: 'differs' },
      });
    expect((await call(token, { method: 'GET', path: '/events' })).body.code).toBe('call_not_approved');
    expect((await call(token, { ref: 'github' })).status).toBe(403);
    expect(writes()).toHaveLength(before);
    expect((await call(token, { headers: { 'x-request-id': 'r1', accept: '*/*' } })).status).toBe(201);
  });
});

describe('an app that asks in the browser', () => {
  it('gets the call with the code, each time for itself, and no call by a refresh', async () => {
    const user = somebody();
    const browser = appBrowser();
    const first = await approved([tea], { user, browser, scope: 'openid offline_access' });
    expect(first.authorization_details).toMatchObject([{ method: 'POST', path: '/events' }]);
    const fresh = await oidc.refreshTokenGrant(app.configuration, first.refresh_token ?? '');
    stage.world.remember(fresh.access_token, fresh.refresh_token);
    expect(fresh.authorization_details).toBeUndefined();
    expect((await stage.call(fresh.access_token)).body.code).toBe('insufficient_scope');
    expect((await stage.call(first.access_token)).status).toBe(201);

    // The person and the app are known, and the call is asked all the same.
    const parameters = { scope: 'openid', authorization_details: JSON.stringify([tea]) };
    const silent = await browser.open((await app.start({ ...parameters, prompt: 'none' })).url);
    expect(silent.url.searchParams.get('error')).toBe('consent_required');
    const page = await browser.open((await app.start(parameters)).url);
    for (const words of ['POST', '/events', 'calendar=home', '"title":"Tea"', 'You asked for tea'])
      expect(page.text).toContain(words);
    const zh = await browser.open(page.url, { 'accept-language': 'zh-CN' });
    for (const words of ['使用您的账号执行一次', '应用的说明']) expect(zh.text).toContain(words);
    const denied = await browser.submit(page, { button: 'deny' });
    expect(denied.url.searchParams.get('error')).toBe('access_denied');
  });

  it('of the operator asks too', async () => {
    const own = await stage.app({ firstParty: true });
    const browser = appBrowser();
    const user = somebody();
    await own.signIn({ connection: 'google', user, scope: 'openid', browser });
    const parameters = { scope: 'openid', authorization_details: JSON.stringify([tea]) };
    const page = await browser.open((await own.start(parameters)).url);
    expect([page.stopped, page.text.includes('"title":"Tea"')]).toEqual([false, true]);
  });

  it('pushes or signs the call, and nothing beside it counts', async () => {
    const { world } = stage;
    const { url } = await app.start({ scope: 'openid', connection: 'google' });
    const { searchParams } = url;
    const asked = { ...Object.fromEntries(searchParams), authorization_details: JSON.stringify([tea]) };
    const pushed = await postForm(`${world.issuer}/oauth/par`, { ...asked, ...credentials(app) });
    const evil = JSON.stringify([{ ...tea, body: { title: 'Money' } }]);
    const short = new URL(`${world.issuer}/authorize`);
    const request = { client_id: app.clientId, request_uri: String(pushed.body.request_uri) };
    for (const [name, value] of Object.entries({ ...request, authorization_details: evil }))
      short.searchParams.set(name, value);
    const page = await toConsent(appBrowser(), short, somebody());
    expect([page.text.includes('"title":"Tea"'), page.text.includes('Money')]).toEqual([true, false]);

    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] } as never;
    const signer = await stage.app({ jwks });
    const { url: usual } = await signer.start({ scope: 'openid', connection: 'google' });
    const signed = await new SignJWT({
      ...Object.fromEntries(usual.searchParams),
      authorization_details: [tea],
      iss: signer.clientId,
      aud: world.issuer,
      exp: Math.floor(Date.now() / 1000) + 60,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'oauth-authz-req+jwt' })
      .sign(pair.privateKey);
    usual.searchParams.set('request', signed);
    usual.searchParams.set('authorization_details', evil);
    const shown = await toConsent(appBrowser(), usual, somebody());
    expect([shown.text.includes('"title":"Tea"'), shown.text.includes('Money')]).toEqual([true, false]);
  });

  it('has the person choose among two accounts, and the choice is kept', async () => {
    const { world } = stage;
    const user = somebody();
    const visitor = await visit(world, { connection: 'google', user });
    const linked = await visitor.press(await visitor.open('/account'), '/account/link/google', somebody());
    const [one = '', other = ''] = identitiesOn(linked);
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const parameters = {
      scope: 'openid',
      connection: 'google',
      authorization_details: JSON.stringify([tea]),
    };
    const { url, checks } = await app.start(parameters);
    const page = await toConsent(browser, url, user);
    const without = await browser.submit(page, { button: 'allow', fields: { account_0: 'idn_other' } });
    expect(without.stopped).toBe(false);
    const landed = await browser.submit(without, { button: 'allow', fields: { account_0: other } });
    const tokens = await oidc.authorizationCodeGrant(app.configuration, landed.url, checks);
    world.remember(tokens.access_token, tokens.id_token, landed.url.searchParams.get('code') ?? '');
    expect(tokens.authorization_details).toMatchObject([{ identity: other }]);
    expect((await stage.call(tokens.access_token, { ref: one })).status).toBe(403);
    expect((await stage.call(tokens.access_token)).status).toBe(201);
  });

  it('numbers several calls, and shows how an address reads, whatever stands beside it', async () => {
    const hidden = { ...tea, query: 'text=%73end%20all&x=%ff' };
    const { url } = await app.start({
      scope: 'openid',
      connection: 'google',
      authorization_details: JSON.stringify([tea, hidden]),
    });
    const page = await toConsent(appBrowser(), url, somebody());
    for (const words of ['1 / 2', '2 / 2', 'text=send all']) expect(page.text).toContain(words);
  });

  it('leaves no content of a call where the database can be read', async () => {
    const { world } = stage;
    const secret = 'SEEN-BY-THE-PERSON-ALONE';
    const details = JSON.stringify([
      { ...tea, path: `/events/${secret}`, query: secret, body: { title: secret } },
    ]);
    const { url } = await app.start({
      scope: 'openid',
      connection: 'google',
      authorization_details: details,
    });
    const page = await toConsent(appBrowser(), url, somebody());
    expect(page.text).toContain(secret);
    expect(await dump(world.database)).not.toContain(secret);
    const by = await stage.app({ accessTokenFormat: 'opaque' });
    const scope = 'openid offline_access';
    const tokens = await approved([{ ...tea, query: secret, body: { title: secret } }], { by, scope });
    expect(tokens.authorization_details).toMatchObject([{ query: secret }]);
    expect(await dump(world.database)).not.toContain(secret);
  });
});

describe('an approved call', () => {
  it('is made once by two processes at once', async () => {
    const { access_token: token } = await approved();
    const { url } = await stage.world.another();
    const before = stage.writes().length;
    const issuers = [stage.world.issuer, url, stage.world.issuer, url];
    const answers = await Promise.all(issuers.map((issuer) => stage.call(token, { issuer })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 403, 403, 403]);
    expect(stage.writes()).toHaveLength(before + 1);
  });

  it('is used up by an error of the provider, and not by a refusal before it was sent', async () => {
    const by = await stage.app();
    const { access_token: token } = await approved([{ ...tea, path: '/broken' }, tea], { by });
    const broken = { path: '/broken?calendar=home' };
    expect((await stage.call(token, broken)).status).toBe(500);
    expect(refusal(await stage.call(token, broken))).toEqual([403, 'call_not_approved', 'used']);
    const { apps } = stage.world.broker.issuance;
    const { connections = [] } = (await apps.get(by.clientId)) ?? {};
    await apps.update(by.clientId, { connections: [] });
    expect((await stage.call(token)).body.code).toBe('connection_not_allowed');
    await apps.update(by.clientId, { connections: connections as never });
    expect((await stage.call(token)).status).toBe(201);
  });

  it('ends after ten minutes', async () => {
    const { access_token: token } = await approved();
    stage.world.clock.advance(minutes(11));
    expect(refusal(await stage.call(token))).toEqual([403, 'call_not_approved', 'expired']);
  });

  it('ends with the consent, also where the token has not been heard of', async () => {
    const user = somebody();
    const { access_token: token, claims } = await approved([tea], { user });
    const userId = claims()?.sub ?? '';
    await stage.world.broker.issuance.withdrawConsent(userId, app.clientId);
    expect((await stage.call(token)).status).toBe(401);
    const { rows } = await stage.world.database.pool.query(
      'SELECT state FROM agent_approval WHERE user_id = $1',
      [userId],
    );
    expect(rows).toEqual([{ state: 'expired' }]);
  });

  it('is not made if the token has ended while its content came', async () => {
    const { access_token: token, claims } = await approved();
    const before = stage.writes().length;
    const content = JSON.stringify(tea.body);
    async function* slowly() {
      yield Buffer.from(content.slice(0, 5));
      await stage.world.broker.issuance.revokeUser(claims()?.sub ?? '');
      yield Buffer.from(content.slice(5));
    }
    expect((await stage.call(token, { body: Readable.from(slowly()) })).status).toBe(401);
    expect(stage.writes()).toHaveLength(before);
  });

  it('is none for another person, and its row none for another hand', async () => {
    const [mine, theirs] = [await approved(), await approved()];
    const [detail] = mine.authorization_details as unknown as [{ identity: string; identifier: string }];
    const foreign = await stage.call(theirs.access_token, { ref: detail.identity });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'identity_not_found']);
    await stage.world.database.pool.query('UPDATE agent_approval SET expires_at = $1 WHERE id = $2', [
      new Date('2100-01-01'),
      detail.identifier,
    ]);
    expect((await stage.call(mine.access_token)).status).toBe(403);
  });

  it('leaves the rights of the scopes as they are', async () => {
    const { access_token: token } = await approved([tea], { scope: 'openid idp:google' });
    const before = stage.writes().length;
    const other = await stage.call(token, { path: '/events?calendar=work' });
    expect([other.status, (await stage.call(token)).status]).toEqual([201, 201]);
    expect(stage.writes()).toHaveLength(before + 2);
    const { rows } = await stage.world.database.pool.query(
      `SELECT count(*)::int AS used FROM agent_approval WHERE kind = 'exact_call' AND state = 'used' AND app_id = $1
        AND created_at = (SELECT max(created_at) FROM agent_approval)`,
      [app.clientId],
    );
    expect(rows).toEqual([{ used: 1 }]);
  });

  it('works with an opaque token and with one that is bound to a key', async () => {
    const opaque = await stage.app({ accessTokenFormat: 'opaque' });
    const tokens = await approved([tea], { by: opaque });
    const form = { ...credentials(opaque), token: tokens.access_token };
    const { body } = await postForm(`${stage.world.issuer}/oauth/introspect`, form);
    expect(body.authorization_details).toEqual(tokens.authorization_details);
    expect((await stage.call(tokens.access_token)).status).toBe(201);

    const dpop = oidc.getDPoPHandle(app.configuration, await oidc.randomDPoPKeyPair('ES256'));
    const bound = await approved([tea], { dpop });
    expect((await stage.call(bound.access_token)).status).toBe(401);
    const url = new URL(`${stage.world.issuer}/v1/me/identities/google/proxy/events?calendar=home`);
    const answer = await oidc.fetchProtectedResource(
      app.configuration,
      bound.access_token,
      url,
      'POST',
      JSON.stringify(tea.body),
      new Headers({ 'content-type': 'application/json' }),
      { DPoP: dpop },
    );
    expect(answer.status).toBe(201);
  });
});
