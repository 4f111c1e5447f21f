import { beforeAll, describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { begin, callback, redeem, refresh } from '../issuance/support/unknown-app.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;
let host: DocumentHost;

beforeAll(async () => {
  host = await startDocumentHost();
  world = await createWorld({ allowedPrivateHosts: [host.domain] });
  call = adminClient(world);
});

async function throughConsent(clientId: string, scope = 'openid') {
  const browser = createBrowser({ stopAt: [callback] });
  const attempt = begin(world, clientId, { connection: 'wechat', scope });
  let page = await browser.open(attempt.url);
  for (let pages = 0; !page.stopped && page.forms.length > 0 && pages < 6; pages += 1)
    page = await browser.submit(page);
  return { page, tokens: page.stopped ? (await redeem(world, attempt, page.url)).body : {} };
}

describe('the rules for apps that register themselves', () => {
  it('begin closed, and suggest the domains of well-known agents', async () => {
    expect((await call('GET', '/app-admission')).body).toEqual({
      metadata_documents: 'listed',
      domains: [],
      blocked_domains: [],
      dynamic_registration: false,
      idle_days: 30,
      removed_apps: [],
      suggested_domains: expect.arrayContaining(['claude.ai', 'vscode.dev']),
      version: 0,
    });
    const refused = await call('PUT', '/app-admission', { domains: ['HTTPS://X'] });
    expect(refused.status).toBe(422);
  });

  it('let an app in, which operators find, block and let in again', async () => {
    const clientId = host.serve('/agent', { client_name: 'Agent', redirect_uris: [callback] });
    expect((await throughConsent(clientId)).page.status).toBe(400);
    const opened = await call('PUT', '/app-admission', { domains: [host.domain] });
    expect(opened.body).toMatchObject({ domains: [host.domain], version: 1 });
    const { tokens } = await throughConsent(clientId);
    const found = itemsOf(await call('GET', '/apps?registration=document&counts=yes'));
    expect(found).toMatchObject([
      {
        client_id: clientId,
        name: `Agent (${host.domain})`,
        registration: 'document',
        domain: host.domain,
        consents: 1,
      },
    ]);
    const path = `/apps/${encodeURIComponent(clientId)}`;
    expect((await call('GET', path)).body).toMatchObject({ client_id: clientId, redirect_uris: [callback] });
    expect(itemsOf(await call('GET', `/events?app=${encodeURIComponent(clientId)}`)).length).toBeGreaterThan(
      0,
    );

    await call('PATCH', path, { enabled: false });
    expect((await refresh(world, clientId, tokens.refresh_token)).status).toBeGreaterThanOrEqual(400);
    expect((await throughConsent(clientId)).page.status).toBe(400);
    await call('PATCH', path, { enabled: true });
    const again = await throughConsent(clientId);
    expect((await refresh(world, clientId, again.tokens.refresh_token)).status).toBe(200);
  });

  it('that block a domain end the tokens of its apps', async () => {
    const clientId = host.serve('/other', { client_name: 'Other', redirect_uris: [callback] });
    const { tokens } = await throughConsent(clientId);
    await call('PUT', '/app-admission', { metadata_documents: 'any', blocked_domains: [host.domain] });
    await call('PUT', '/app-admission', { domains: [host.domain] });
    expect((await refresh(world, clientId, tokens.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('let an app know of the person what its scopes name, and no more', async () => {
    const clientId = host.serve('/curious', { client_name: 'Curious', redirect_uris: [callback] });
    const of = async (scope: string) => {
      const token = String((await throughConsent(clientId, scope)).tokens.access_token);
      const me = await callApi(world.issuer, '/v1/me', token);
      const info = await callApi(world.issuer, '/userinfo', token);
      return { me: me.body, info: info.body };
    };
    const bare = await of('openid');
    expect(bare.me).toEqual({ id: expect.any(String), name: null, picture: null, identities: [] });
    expect(bare.info).toEqual({ sub: bare.me.id });
    const named = await of('openid profile');
    expect(named.me.name).toEqual(expect.any(String));
    expect(named.info.name).toBe(named.me.name);
    // An app of an operator gets these members with any scope, as it always has.
    const own = await createApp(world, { connections: ['wechat'] });
    const { access_token } = await own.signIn({ connection: 'wechat', scope: 'openid', user: 'lin' });
    expect((await callApi(world.issuer, '/v1/me', access_token)).body.name).toEqual(expect.any(String));
  });

  it('keep an app out that was removed, until an operator restores it', async () => {
    const clientId = host.serve('/removed', { client_name: 'Removed', redirect_uris: [callback] });
    const { tokens } = await throughConsent(clientId);
    const path = `/apps/${encodeURIComponent(clientId)}`;
    expect((await call('DELETE', path)).status).toBe(204);
    const stays = async () => {
      const { page } = await throughConsent(clientId);
      expect([page.status, page.text]).toEqual([
        400,
        expect.stringContaining('an admin of this site has removed the app'),
      ]);
      expect((await call('GET', '/app-admission')).body.removed_apps).toMatchObject([
        { client_id: clientId, name: `Removed (${host.domain})` },
      ]);
    };
    const asked = host.asked.length;
    await stays();
    world.clock.advance(hours(25));
    await world.broker.jobs.find(({ name }) => name === 'removed-apps')?.run();
    await call('PUT', '/app-admission', { domains: [host.domain], idle_days: 5 });
    await stays();
    // Its document is not even read.
    expect(host.asked).toHaveLength(asked);
    const { rows } = await world.database.pool.query('SELECT FROM consent WHERE app_id = $1', [clientId]);
    expect(rows).toHaveLength(0);

    expect((await call('POST', `${path}/restore`)).body).toMatchObject({ enabled: false });
    expect((await throughConsent(clientId)).page.status).toBe(400);
    await call('PATCH', path, { enabled: true });
    expect((await refresh(world, clientId, tokens.refresh_token)).status).toBe(400);
    expect((await throughConsent(clientId)).tokens).toHaveProperty('refresh_token');
    expect((await call('GET', '/app-admission')).body.removed_apps).toEqual([]);
  });

  it('are in the configuration, and the apps they let in are not', async () => {
    const { body } = await call('GET', '/configuration');
    expect(body).toMatchObject({ app_admission: { domains: [host.domain] } });
    expect(JSON.stringify(body)).not.toContain('/agent');
  });
});
