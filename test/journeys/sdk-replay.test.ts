import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import { createSdk } from '../support/sdk.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let sdk: ReturnType<typeof createSdk>;

beforeAll(async () => {
  world = await createWorld({ providers: ['microsoft'] });
  sdk = createSdk(world, await createApp(world, { firstParty: true, connections: ['google', 'microsoft'] }));
});

describe('no person is signed in', () => {
  it('by an ID token a second time, however its signature is encoded, at any process', async () => {
    const { url } = await world.another();
    const value = await sdk.fromSdk('google', { user: 'lin', kind: 'id_token' });
    const proof = { kind: 'id_token', value } as const;
    const here = [world.issuer, url, world.issuer, url, url];
    const outcomes = await Promise.all(here.map((at) => sdk.trade('google', proof, { at })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    // The last character has four bits that decoders ignore.
    const last = value.at(-1) === 'A' ? 'B' : 'A';
    for (const again of [value, `${value.slice(0, -1)}${last}`, `${value}=`, `${value}==`])
      expect(await sdk.trade('google', { kind: 'id_token', value: again }), again.slice(-3)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    const spent = () => world.database.prisma.spentProof.count();
    expect(await spent()).toBeGreaterThan(0);
    const jobs = new Map(world.broker.jobs.map(({ name, run }) => [name, run]));
    await jobs.get('rates-prune')?.();
    expect(await sdk.trade('google', proof)).toMatchObject({ status: 400 });
    world.clock.advance(2 * 3_600_000);
    await jobs.get('rates-prune')?.();
    expect(await spent()).toBe(0);
    expect(await sdk.trade('google', proof)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('by a token of Microsoft’s that one tenant has signed for another, or of a tenant that is not allowed', async () => {
    const { registration } = (await world.broker.connections.find('microsoft')) ?? {};
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const [home, other] = [randomUUID(), randomUUID()];
    const issuerOf = (tenant: string) => (registration?.issuer ?? '').replace('{tenantid}', tenant);
    const aud = registration?.clientId;
    const good = {
      iss: issuerOf(home),
      tid: home,
      oid: randomUUID(),
      sub: 's',
      aud,
      iat: now,
      exp: now + 3600,
    };
    const outcome = async (claims: object) => {
      const { token } = (await world.control('POST', 'microsoft/sign', { claims })) as { token: string };
      world.remember(token);
      const { status, body } = await sdk.trade('microsoft', { kind: 'id_token', value: token });
      return body.error ?? status;
    };
    for (const change of [
      { tid: other },
      { iss: issuerOf(other) },
      { tid: '{tenantid}', iss: registration?.issuer },
      { tid: undefined },
      { oid: undefined },
    ])
      expect(await outcome({ ...good, ...change }), JSON.stringify(change)).toBe('invalid_grant');
    expect(await outcome(good)).toBe(200);
    const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';
    const personal = { ...good, tid: consumers, iss: issuerOf(consumers) };
    const only = (tenant: string) =>
      adminClient(world)('PATCH', '/connections/microsoft', {
        options: { ...registration?.options, tenant },
        client_secret: registration?.clientSecret?.reveal(),
      });
    expect((await only('organizations')).status).toBe(200);
    expect(await outcome({ ...personal, jti: '1' })).toBe('invalid_grant');
    expect(await outcome({ ...good, jti: '2' })).toBe(200);
    expect((await only(other)).status).toBe(200);
    expect(await outcome({ ...good, jti: '3' })).toBe('invalid_grant');
    expect((await only('common')).status).toBe(200);
    expect(await outcome({ ...personal, jti: '4' })).toBe(200);
  });
});
