import { beforeAll, expect, it } from 'vitest';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

interface Keys {
  readonly signing: readonly { id: string; alg: string; state: string; retired_at: string | null }[];
  readonly sealing: readonly { id: string; standing: string; values: number }[];
  readonly counted_at: string;
}
const keys = async () => (await call('GET', '/keys')).body as unknown as Keys;
const published = async () => {
  const set = (await (await fetch(`${world.issuer}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  return set.keys.map(({ kid }) => kid);
};

it('the signing keys are rotated once apps know the next one, and all processes follow', async () => {
  const signing = ({ signing: all }: Keys) =>
    all.filter(({ state }) => state === 'signing').map(({ id }) => id);
  const before = await keys();
  const early = await call('POST', '/keys/signing/rotate', {});
  expect([early.status, early.body.code]).toEqual([409, 'conflict']);
  world.clock.advance(hours(1) + minutes(1));
  const rotated = await call('POST', '/keys/signing/rotate', { reason: 'a drill' });
  expect(rotated.status).toBe(200);
  const after = await keys();
  expect(signing(after)).toHaveLength(signing(before).length);
  expect(
    after.signing
      .filter(({ state }) => state === 'retired')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(signing(before).toSorted());
  const [event] = itemsOf(await call('GET', '/events?type=keys.signing_rotated'));
  expect(event).toMatchObject({ detail: { compromised: false, reason: 'a drill' } });
});

it('the census counts the values of each encryption key, at most once a minute', async () => {
  const app = await createApp(world);
  const first = await keys();
  expect(first.sealing).toMatchObject([{ id: 'test', standing: 'current' }]);
  await app.signIn({ connection: 'google', user: 'ada' });
  expect(await keys()).toMatchObject({ counted_at: first.counted_at, sealing: first.sealing });
  world.clock.advance(minutes(2));
  expect((await keys()).sealing[0]?.values).toBeGreaterThan(first.sealing[0]?.values ?? 0);
});

it('no answer about keys has a private part', async () => {
  const { text } = await call('GET', '/keys');
  expect(text).not.toMatch(/"(d|p|q|private_jwk|k)":/);
  const { signing } = await keys();
  expect(signing.map(({ id }) => id).toSorted()).toEqual((await published()).toSorted());
});
