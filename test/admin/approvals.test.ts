import { beforeAll, describe, expect, it } from 'vitest';
import { describeApproval } from '../../src/admin/approvals.ts';
import { findConnector, providers } from '../../src/connectors/registry.ts';
import { days, hours } from '../../src/kit/clock.ts';
import type { TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { type AdminPerson, adminApp, adminPerson } from './admin-person.ts';
import { type AdminAnswer, adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let app: TestApp;
let bootstrap: CallAdmin;
let ada: AdminPerson;
let sam: AdminPerson;

beforeAll(async () => {
  world = await createWorld({ adminApprovals: true });
  app = await adminApp(world);
  bootstrap = adminClient(world);
  ada = await adminPerson(world, app, { user: 'ada', role: 'owner' });
  sam = await adminPerson(world, app, { user: 'sam', role: 'owner' });
});

const newToken = () => ({
  name: 'deploys',
  role: 'owner',
  expires_at: new Date(world.clock.now().getTime() + days(1)).toISOString(),
  reason: 'for deploys',
});
const idOf = ({ body }: AdminAnswer) => String((body.approval as { id: string }).id);

async function tokenOf(maker: CallAdmin, approver: CallAdmin): Promise<CallAdmin> {
  const id = idOf(await maker('POST', '/tokens', newToken()));
  expect((await approver('POST', `/approvals/${id}/approve`)).status).toBe(200);
  const { answer } = (await maker('POST', `/approvals/${id}/collect`)).body as { answer: { token: string } };
  world.remember(answer.token);
  return adminClient({ ...world, adminToken: answer.token });
}

describe('a dangerous change under ADMIN_APPROVALS', () => {
  it('waits, is carried out once when another owner approves it, and its author alone gets the answer', async () => {
    const asked = await ada.call('POST', '/tokens', newToken());
    expect(asked).toMatchObject({
      status: 202,
      body: { approval: { operation: 'POST /tokens', state: 'pending', reason: 'for deploys' } },
    });
    const id = idOf(asked);
    expect(itemsOf(await ada.call('GET', '/tokens'))).toHaveLength(1);
    const approved = await sam.call('POST', `/approvals/${id}/approve`);
    expect(approved).toMatchObject({ status: 200, body: { state: 'approved', decided_by: sam.userId } });
    expect(approved.text).not.toContain('symbolon_adt_');
    expect((await sam.call('POST', `/approvals/${id}/approve`)).status).toBe(409);
    expect((await sam.call('POST', `/approvals/${id}/collect`)).status).toBe(403);
    const { answer } = (await ada.call('POST', `/approvals/${id}/collect`)).body as {
      answer: { token: string };
    };
    world.remember(answer.token);
    expect(answer.token).toMatch(/^symbolon_adt_/);
    expect((await ada.call('POST', `/approvals/${id}/collect`)).status).toBe(409);
    const [made] = itemsOf(await ada.call('GET', '/events?type=admin.token_created'));
    expect(made).toMatchObject({ actor: { kind: 'person', id: ada.userId } });
    const [given] = itemsOf(await ada.call('GET', '/events?type=admin.approval_given'));
    expect(given).toMatchObject({ actor: { id: sam.userId }, detail: { approval: id, author: ada.userId } });
  });

  it('can be refused, and expires after a day', async () => {
    const refused = idOf(await ada.call('POST', '/tokens', newToken()));
    expect((await sam.call('POST', `/approvals/${refused}/refuse`)).body).toMatchObject({ state: 'refused' });
    expect((await sam.call('POST', `/approvals/${refused}/approve`)).status).toBe(409);
    const late = idOf(await ada.call('POST', '/tokens', newToken()));
    world.clock.advance(hours(24));
    expect((await sam.call('GET', `/approvals/${late}`)).body).toMatchObject({ state: 'expired' });
    const again = await adminPerson(world, app, { user: 'sam', role: 'owner' });
    world.clock.advance(-hours(24));
    expect((await again.call('POST', `/approvals/${late}/refuse`)).status).toBe(200);
  });

  it('is not carried out once its author is no owner any more', async () => {
    const lin = await adminPerson(world, app, { user: 'lin', role: 'owner' });
    const id = idOf(await lin.call('POST', '/admins/invitations', { role: 'owner', reason: 'more hands' }));
    await world.broker.identities.setRoles(lin.userId, ['operator']);
    expect((await sam.call('POST', `/approvals/${id}/approve`)).status).toBe(409);
    expect((await sam.call('GET', `/approvals/${id}`)).body).toMatchObject({
      state: 'failed',
      failure: 'forbidden',
    });
  });

  it('also waits when ADMIN_API_TOKEN asks for it', async () => {
    const asked = await bootstrap('POST', '/admins/invitations', { role: 'owner' });
    expect(asked.status).toBe(202);
    expect((await bootstrap('POST', `/approvals/${idOf(asked)}/approve`)).status).toBe(403);
    expect((await sam.call('POST', `/approvals/${idOf(asked)}/approve`)).status).toBe(200);
  });

  it('leaves one event for the request, one for each decision, and one for the collected answer', async () => {
    const eventsOf = async ({ headers }: AdminAnswer) =>
      itemsOf(await bootstrap('GET', `/events?request=${headers.get('x-request-id')}`)).map(
        ({ type }) => type,
      );
    const asked = await ada.call('POST', '/tokens', newToken());
    expect(await eventsOf(asked)).toEqual(['admin.approval_requested']);
    const approved = await sam.call('POST', `/approvals/${idOf(asked)}/approve`);
    expect((await eventsOf(approved)).sort()).toEqual(['admin.approval_given', 'admin.token_created']);
    const collected = await ada.call('POST', `/approvals/${idOf(asked)}/collect`);
    world.remember((collected.body.answer as { token: string }).token);
    expect(await eventsOf(collected)).toEqual(['admin.approval_collected']);
    const other = idOf(await ada.call('POST', '/tokens', newToken()));
    const refused = await sam.call('POST', `/approvals/${other}/refuse`);
    expect(await eventsOf(refused)).toEqual(['admin.approval_refused']);
  });

  it('is approved by no token: neither one that the author made, nor that of another person', async () => {
    const hers = await tokenOf(ada.call, sam.call);
    const his = await tokenOf(sam.call, ada.call);
    const id = idOf(await ada.call('POST', '/tokens', newToken()));
    expect((await ada.call('POST', `/approvals/${id}/approve`)).status).toBe(403);
    for (const token of [hers, his, bootstrap]) {
      expect((await token('POST', `/approvals/${id}/approve`)).status).toBe(403);
    }
    const byToken = idOf(await hers('POST', '/tokens', { ...newToken(), expires_at: newToken().expires_at }));
    expect((await ada.call('POST', `/approvals/${byToken}/approve`)).status).toBe(403);
    expect((await ada.call('GET', `/approvals/${id}`)).body).toMatchObject({ state: 'pending' });
  });

  it('is carried out by one of two processes', async () => {
    const { url } = await world.another();
    const elsewhere = await adminPerson(world, app, { user: 'sam', role: 'owner', issuer: url });
    const id = idOf(await ada.call('POST', '/tokens', newToken()));
    const before = itemsOf(await ada.call('GET', '/tokens')).length;
    const answers = await Promise.all([
      sam.call('POST', `/approvals/${id}/approve`),
      elsewhere.call('POST', `/approvals/${id}/approve`),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(itemsOf(await ada.call('GET', '/tokens'))).toHaveLength(before + 1);
  });

  it('shows the approver what it changes, without its secrets', async () => {
    const github = world.lab.connections().find(({ name }) => name === 'github');
    const body = {
      client_secret: github?.clientSecret,
      endpoints: { ...github?.endpoints, token: 'https://elsewhere.example/token' },
      reason: 'the provider moves',
    };
    const asked = await bootstrap('PATCH', '/connections/github', body);
    expect(asked).toMatchObject({ status: 202, body: { approval: { params: { connection: 'github' } } } });
    const { body: read } = await sam.call('GET', `/approvals/${idOf(asked)}`);
    expect(read.body).toMatchObject({
      client_secret: '[secret]',
      endpoints: { token: 'https://elsewhere.example/token' },
    });
    const tokenAddress = async () =>
      ((await sam.call('GET', '/connections/github')).body.endpoints as Record<string, string>).token;
    expect(await tokenAddress()).toBe(github?.endpoints.token);
    expect((await sam.call('POST', `/approvals/${idOf(asked)}/approve`)).status).toBe(200);
    expect(await tokenAddress()).toBe('https://elsewhere.example/token');
  });
});

it('a held change shows no value of an option that a provider keeps secret', async () => {
  const names = providers.flatMap((provider) =>
    Object.entries(findConnector(provider)?.options ?? {}).flatMap(([name, { secret }]) =>
      secret ? name : [],
    ),
  );
  expect(names).toContain('verify_token');
  const id = idOf(await ada.call('POST', '/tokens', newToken()));
  const row = await world.database.prisma.adminApproval.findUniqueOrThrow({ where: { id } });
  const options = Object.fromEntries(names.map((name) => [name, 'hush']));
  const requestOf = () => ({ query: {}, body: { options, endpoints: { token: 'https://a.example/t' } } });
  const shown = JSON.stringify(describeApproval(row, { requestOf, isExpired: () => false }));
  expect(shown).not.toContain('hush');
  expect(shown).toContain('https://a.example/t');
});
