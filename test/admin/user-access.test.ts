import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// What operators see and end of a person's consents and sessions, and what they do with the person's data.

let world: World;
let app: TestApp;
let call: CallAdmin;
let people = 0;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  app = await createApp(world);
});

async function person() {
  const browser = createBrowser({
    stopAt: ['https://app.example/'],
    headers: { 'user-agent': 'Mozilla/5.0 Firefox/140.0' },
  });
  const tokens = await app.signIn({ connection: 'google', user: `visitor-${++people}`, browser });
  return { id: tokens.claims()?.sub ?? '', tokens };
}

describe('the consents of a user', () => {
  it('are listed, and withdrawn one by one', async () => {
    const { id, tokens } = await person();
    const [consent] = itemsOf(await call('GET', `/users/${id}/consents`));
    expect(consent).toMatchObject({ app: app.clientId, name: 'Test app' });
    expect(consent?.scopes).toContain('idp:google');
    expect((await call('DELETE', `/users/${id}/consents/${app.clientId}?connection=nope`)).status).toBe(404);
    // A connection that the consent does not name: nothing is withdrawn, so no event says so.
    expect((await call('DELETE', `/users/${id}/consents/${app.clientId}?connection=twitch`)).status).toBe(
      404,
    );
    expect(itemsOf(await call('GET', `/events?user=${id}&type=grant.revoked`))).toEqual([]);
    const path = `/users/${id}/consents/${app.clientId}?connection=google`;
    expect((await call('DELETE', path)).status).toBe(204);
    const [left] = itemsOf(await call('GET', `/users/${id}/consents`));
    expect(left?.scopes).not.toContain('idp:google');
    expect((await call('DELETE', `/users/${id}/consents/${app.clientId}`)).status).toBe(204);
    expect(itemsOf(await call('GET', `/users/${id}/consents`))).toEqual([]);
    expect((await call('DELETE', `/users/${id}/consents/${app.clientId}`)).status).toBe(404);
    const used = await callApi(world.issuer, '/v1/me/identities/google/token', tokens.access_token);
    expect(used.status).toBe(401);
  });
});

describe('the sessions of a user', () => {
  it('are listed, and ended one by one', async () => {
    const [{ id }, other] = [await person(), await person()];
    const sessions = itemsOf(await call('GET', `/users/${id}/sessions`));
    expect(sessions).toMatchObject([{ user_agent: 'Mozilla/5.0 Firefox/140.0', apps: [app.clientId] }]);
    const path = `/sessions/${sessions[0]?.id}`;
    expect((await call('DELETE', `/users/${other.id}${path}`)).status).toBe(404);
    expect((await call('DELETE', `/users/${id}${path}`)).status).toBe(204);
    expect(itemsOf(await call('GET', `/users/${id}/sessions`))).toEqual([]);
    expect(itemsOf(await call('GET', `/users/${other.id}/sessions`))).toHaveLength(1);
  });
});

describe('the data of a user', () => {
  it('are exported with an event, and without a token', async () => {
    const { id } = await person();
    const { status, body } = await call('GET', `/users/${id}/export`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ format: 'symbolon-personal-data/1', profile: { id } });
    expect(world.minted().filter((secret) => JSON.stringify(body).includes(secret))).toEqual([]);
    expect(itemsOf(await call('GET', `/events?type=person.exported&user=${id}`))).toHaveLength(1);
  });

  it('are erased, and the person gets a page that says how far the providers are', async () => {
    const { id } = await person();
    const { status, body } = await call('POST', `/users/${id}/erase`, { reason: 'asked by letter' });
    expect(status).toBe(200);
    const page = await createBrowser().open(String(body.progress_url));
    expect(page.text).toContain('Your account is erased');
    expect(page.text).toContain('The permission is ended.');
    expect((await call('GET', `/users/${id}`)).status).toBe(404);
    expect((await call('POST', `/users/${id}/erase`, {})).status).toBe(404);
  });
});

describe('the IP address', () => {
  it('of an admin is whole for an auditor, and another is the network, in events and in sessions alike', async () => {
    const tool = await adminApp(world);
    const auditor = await adminPerson(world, tool, { user: 'lin', role: 'auditor' });
    const { userId: admin } = await adminPerson(world, tool, { user: 'ada', role: 'support' });
    const { id } = await person();
    await call('PATCH', `/users/${id}`, { disabled: false });
    const addresses = async (query: string) => [
      ...new Set(itemsOf(await auditor.call('GET', `/events?${query}`)).map(({ address }) => address)),
    ];
    expect(await addresses(`user=${id}&actor=${id}`)).toEqual(['127.0.0.*']);
    expect(await addresses(`user=${admin}&actor=${admin}`)).toEqual(['127.0.0.1']);
    expect(await addresses(`user=${id}&type=user.enabled`)).toEqual(['127.0.0.1']);
    for (const [user, shown] of [
      [id, '127.0.0.*'],
      [admin, '127.0.0.1'],
    ]) {
      const sessions = itemsOf(await auditor.call('GET', `/users/${user}/sessions`));
      expect(new Set(sessions.map(({ address }) => address))).toEqual(new Set([shown]));
    }
    // A search for the whole address would tell what is hidden.
    expect(await addresses(`user=${id}&actor=${id}&address=127.0.0.1`)).toEqual([]);
    expect(await addresses(`user=${id}&address=127.0.0.1`)).toEqual(['127.0.0.1']);
    expect(await addresses(`actor=${admin}&address=127.0.0.1`)).toEqual(['127.0.0.1']);
    expect(itemsOf(await call('GET', `/events?user=${id}&actor=${id}&address=127.0.0.1`))).not.toEqual([]);
    const [one] = itemsOf(await auditor.call('GET', `/events?user=${id}&actor=${id}&limit=1`));
    expect((await auditor.call('GET', `/events/${one?.id}`)).body.address).toBe('127.0.0.*');
    const [whole] = itemsOf(await call('GET', `/events?user=${id}&actor=${id}&limit=1`));
    expect(whole?.address).toBe('127.0.0.1');
  });
});
