import { beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let app: TestApp;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  call = adminClient(world);
});

const identityOf = async (connection: string, user: string) => {
  const tokens = await app.signIn({ connection, user });
  const userId = tokens.claims()?.sub ?? '';
  const [identity] = itemsOf(await call('GET', `/users/${userId}/identities`));
  return { tokens, userId, id: String(identity?.id) };
};

async function retrieve(access: string | undefined) {
  const headers = { authorization: `Bearer ${access}` };
  const answer = await fetch(`${world.issuer}/v1/me/identities/github/token`, { headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('a person whom an operator has asked again', () => {
  it('follows the link that apps get, and the account works again', async () => {
    const { tokens, userId, id } = await identityOf('github', 'ada');
    const path = `/users/${userId}/identities/${id}`;
    const before = await world.database.prisma.vaultEntry.findUniqueOrThrow({ where: { identityId: id } });
    const { status, body } = await call('POST', `${path}/ask-again`);
    expect([status, body.outcome]).toEqual([200, 'asked']);

    const refused = await retrieve(tokens.access_token);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'reauthorization_required', reason: 'requested_by_operator' },
    });
    expect(refused.body.reauthorize_url).toContain(`/account/identities/${id}/reauthorize`);
    const after = await world.database.prisma.vaultEntry.findUniqueOrThrow({ where: { identityId: id } });
    expect(after.ciphertext).toEqual(before.ciphertext);

    // The database says the same as the account alone.
    const listed = itemsOf(await call('GET', '/identities?reason=requested_by_operator'));
    expect(listed.map((one) => [one.id, one.token])).toEqual([[id, (await call('GET', path)).body.token]]);

    await app.signIn({ connection: 'github', user: 'ada' });
    expect((await retrieve(tokens.access_token)).status).toBe(200);
  });

  it('reads so on the account page, which offers no check: the provider is not asked', async () => {
    const visitor = await visit(world, { connection: 'github', user: 'sam' });
    const [identity] = itemsOf(await call('GET', `/users/${visitor.userId}/identities`));
    const path = `/account/identities/${identity?.id}`;
    const checks = async () =>
      (await visitor.open(path)).forms.filter(({ action }) => action === `${path}/check`).length;
    expect(await checks()).toBe(1);
    await call('POST', `/users/${visitor.userId}/identities/${identity?.id}/ask-again`);
    expect(await checks()).toBe(0);
    expect((await visitor.open(path)).links.map(({ href }) => href)).toContain(`${path}/reauthorize`);
  });

  it('may be one of many: a job counts first, and leaves an outcome and one request for each', async () => {
    const ids = [(await identityOf('google', 'lin')).id, (await identityOf('github', 'lin')).id];
    await call('POST', `/users/${(await identityOf('google', 'lin')).userId}/identities/${ids[0]}/ask-again`);
    const job = { act: 'identities.ask_again', selection: { ids }, reason: 'leaked laptop' };
    const rehearsal = await call('POST', '/jobs', { ...job, dry_run: true });
    expect(rehearsal.body.plan).toMatchObject({ items: 2, connections: { google: 1, github: 1 } });

    const { id } = (await call('POST', '/jobs', job)).body.job as { id: string };
    await expect
      .poll(async () => (await call('GET', `/jobs/${id}`)).body)
      .toMatchObject({ state: 'done', done: 2, failed: 0 });
    const outcomes = itemsOf(await call('GET', `/jobs/${id}/items`)).map((one) => [one.id, one.outcome]);
    expect(new Map(outcomes as [string, string][])).toEqual(
      new Map([
        [ids[0], 'ended_already'],
        [ids[1], 'asked'],
      ]),
    );
    const events = itemsOf(await call('GET', `/events?request=${id}&type=token.reauthorization_requested`));
    expect(events.map(({ identity }) => identity).sort()).toEqual([...ids].sort());
    expect(events.map(({ detail }) => detail)).toEqual([job, job].map(({ reason }) => ({ reason })));
  });
});
