import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createUsedProofStore } from '../../src/issuance/senders/used-proof-store.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { runInRequest } from '../../src/kit/request-context.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { startLine } from '../support/database-line.ts';
import { createDpopKey, type DpopKey, proof } from '../support/dpop.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { createWorld, type World } from '../support/world.ts';
import {
  type BoundTokens,
  bindTokens,
  type HeaderDoor,
  headerDoors,
  type Knock,
  knock,
  strange,
} from './doors.ts';

// The checks of RFC 9449 section 4.3, as a table of requests, at each door that takes a token in the header.

let world: World;
let tokens: BoundTokens;
let key: DpopKey;
let other: DpopKey;

beforeAll(async () => {
  world = await createWorld({ mcp: true });
  [key, other] = await Promise.all([createDpopKey(), createDpopKey()]);
  const app = await createApp(world);
  await app.signIn({ connection: 'google', user: 'ada' });
  const [person] = await world.database.prisma.user.findMany();
  await world.broker.identities.setRoles(String(person?.id), ['owner']);
  tokens = await bindTokens(world, key, 'ada');
});

const now = () => Math.floor(Date.now() / 1000);
const invalid = 'DPoP invalid_dpop_proof';

/** What is wrong with a request, and the challenge that answers it. */
const faults: Readonly<Record<string, { readonly knock: () => Knock; readonly outcome: string }>> = {
  'no proof': { knock: () => ({ proof: null }), outcome: invalid },
  'sent as Bearer': { knock: () => ({ proof: null, scheme: 'Bearer' }), outcome: 'DPoP invalid_token' },
  'sent as Bearer, with a proof': { knock: () => ({ scheme: 'Bearer' }), outcome: 'DPoP invalid_token' },
  'not a JWT': { knock: () => ({ header: 'proof' }), outcome: invalid },
  'another typ': { knock: () => ({ proof: { header: { typ: 'JWT' } } }), outcome: invalid },
  'no typ': { knock: () => ({ proof: { header: { typ: undefined } } }), outcome: invalid },
  'an algorithm that is not allowed': {
    knock: () => ({ header: unsigned({ typ: 'dpop+jwt', alg: 'ES512', jwk: key.publicJwk }) }),
    outcome: invalid,
  },
  'no algorithm': {
    knock: () => ({ header: unsigned({ typ: 'dpop+jwt', alg: 'none', jwk: key.publicJwk }) }),
    outcome: invalid,
  },
  'a symmetric algorithm': {
    knock: () => ({
      header: unsigned({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: strange() } }),
    }),
    outcome: invalid,
  },
  'a private key in the header': {
    knock: () => ({ proof: { header: { jwk: { ...key.publicJwk, d: strange() } } } }),
    outcome: invalid,
  },
  'no key in the header': { knock: () => ({ proof: { header: { jwk: undefined } } }), outcome: invalid },
  'a critical extension': {
    knock: () => ({
      header: unsigned({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk, crit: ['x'], x: 1 }),
    }),
    outcome: invalid,
  },
  'the signature of another key': {
    knock: () => ({ proof: { signer: other.privateKey } }),
    outcome: invalid,
  },
  'a good proof of another key': { knock: () => ({ proof: { key: other } }), outcome: invalid },
  'another method': { knock: () => ({ proof: { claims: { htm: 'PUT' } } }), outcome: invalid },
  'another path': { knock: () => ({ proof: { claims: { htu: `${world.issuer}/v1` } } }), outcome: invalid },
  'another host': {
    knock: () => ({ proof: { claims: { htu: 'https://elsewhere.example/v1/me' } } }),
    outcome: invalid,
  },
  'no time': { knock: () => ({ proof: { claims: { iat: undefined } } }), outcome: invalid },
  'a time of the past': {
    knock: () => ({ proof: { claims: { iat: now() - 90 } } }),
    outcome: 'DPoP use_dpop_nonce',
  },
  'a time of the future': {
    knock: () => ({ proof: { claims: { iat: now() + 90 } } }),
    outcome: 'DPoP use_dpop_nonce',
  },
  'an unknown nonce': { knock: () => ({ nonce: strange() }), outcome: 'DPoP use_dpop_nonce' },
  'no jti': { knock: () => ({ proof: { claims: { jti: undefined } } }), outcome: invalid },
  'the hash of another token': { knock: () => ({ proof: { claims: { ath: strange() } } }), outcome: invalid },
  'no hash of the token': { knock: () => ({ proof: { claims: { ath: undefined } } }), outcome: invalid },
};

function unsigned(header: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part({ jti: strange(), iat: now() })}.${strange()}${strange()}`;
}

describe.each(Object.entries<HeaderDoor>(headerDoors))('the door %s', (_name, door) => {
  it('refuses each fault of the table', async () => {
    const tries = Object.entries(faults).map(async ([fault, { knock: made }]) => {
      const { outcome, status, nonce } = await knock(world, tokens, door, made());
      if (outcome.endsWith('use_dpop_nonce')) expect([status, nonce?.length]).toEqual([401, 43]);
      return [fault, outcome] as const;
    });
    const expected = Object.entries(faults).map(([fault, { outcome }]) => [fault, outcome] as const);
    expect(Object.fromEntries(await Promise.all(tries))).toEqual(Object.fromEntries(expected));
  });

  it('opens for a right proof once, and tells the next nonce', async () => {
    const method = 'method' in door ? String(door.method) : 'GET';
    const token = tokens[door.token];
    const url = world.issuer + door.path(tokens);
    const header = await proof(key, { method, url, token });
    const answers = await Promise.all([1, 2, 3].map(() => knock(world, tokens, door, { header })));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([invalid, invalid, 'open']);
    const { nonce } = answers.find(({ outcome }) => outcome === 'open') ?? {};
    // With a nonce, the client's clock does not matter (RFC 9449 section 11.1).
    const late = { nonce: String(nonce), proof: { claims: { iat: 1_000_000_000 } } };
    const again = await knock(world, tokens, door, late);
    expect(again.outcome).toBe('open');
    // None, or the next one: the broker changes its nonces once a minute.
    expect(again.nonce).not.toBe(nonce);
  });

  it('ignores the query and the fragment of htu, and the spelling of its address', async () => {
    const { pathname } = new URL(world.issuer + door.path(tokens));
    const spelled = pathname.replace(/m/g, '%6d').replace(/u/g, '%75');
    const htu = `${world.issuer.toUpperCase().replace('LOCALHOST', 'LocalHost')}${spelled}?any=1#part`;
    expect(await knock(world, tokens, door, { proof: { claims: { htu } } })).toMatchObject({
      outcome: 'open',
    });
  });
});

it('a token that is bound to no key is refused with the scheme DPoP', async () => {
  const plain = await (await createApp(world)).signIn({ connection: 'google', user: 'ada' });
  const answer = await knock(world, tokens, headerDoors.me, { token: plain.access_token });
  expect(answer).toMatchObject({ status: 401, outcome: 'DPoP invalid_token' });
  const bearer = { token: plain.access_token, scheme: 'Bearer', proof: null };
  expect(await knock(world, tokens, headerDoors.me, bearer)).toMatchObject({ outcome: 'open' });
});

/** A right request for a door. */
async function requestFor(door: HeaderDoor): Promise<Knock> {
  const target = { method: door.method ?? 'GET', url: world.issuer + door.path(tokens) };
  return { header: await proof(key, { ...target, token: tokens[door.token] }) };
}

describe('of three processes', () => {
  let places: readonly { issuer: string; url: string }[];

  beforeAll(async () => {
    const others = [await world.another(), await world.another()];
    places = [world.issuer, ...others.map(({ url }) => url)].map((url) => ({ issuer: world.issuer, url }));
  });

  it('one accepts a proof', async () => {
    const request = await requestFor(headerDoors.token);
    const asked = [...places, ...places].map((place) => knock(place, tokens, headerDoors.token, request));
    const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual([...Array(5).fill(invalid), 'open']);
  });

  it('all give and take the same nonces', async () => {
    const { nonce } = await knock(world, tokens, headerDoors.me);
    for (const place of places)
      expect((await knock(place, tokens, headerDoors.me, { nonce: String(nonce) })).outcome).toBe('open');
  });
});

it('a database that only reads opens no door, and a proof counts once afterwards', async () => {
  const captured = await Promise.all(
    Object.values<HeaderDoor>(headerDoors).map(async (door) => ({ door, request: await requestFor(door) })),
  );
  const knockAll = () =>
    Promise.all(captured.map(({ door, request }) => knock(world, tokens, door, request)));
  await withReadOnlyDatabase(world.database, async () => {
    for (const { status } of await knockAll()) expect(status).toBe(503);
  });
  for (const { outcome } of await knockAll()) expect(outcome).toBe('open');
  for (const { outcome } of await knockAll()) expect(outcome).toBe(invalid);
});

it('a crash of PostgreSQL keeps the used proofs, and a standby has them', async () => {
  const { rows } = await world.database.pool.query(
    `SELECT relpersistence AS kept FROM pg_class WHERE relname = 'used_proof'`,
  );
  expect(rows).toEqual([{ kept: 'p' }]);
});

describe('the used proofs of two processes', () => {
  const inRequest = <Result>(work: () => Promise<Result>) => runInRequest({ requestId: 'req_test' }, work);
  const ids = (count: number) => Array.from({ length: count }, () => randomBytes(16).toString('hex'));
  const processes = () => [world.database, world.database].map((database) => createUsedProofStore(database));

  it('count each proof once, in batches with others', async () => {
    const [one, other] = processes();
    for (let round = 0; round < 4; round += 1) {
      const [shared, mine, theirs] = [ids(20), ids(5), ids(5)];
      const uses = [
        ...[...shared, ...mine].map((id) => one?.use(id)),
        ...[...theirs, ...shared.toReversed()].map((id) => other?.use(id)),
      ];
      const accepted = (await Promise.all(uses)).filter((isFirst) => isFirst);
      expect(accepted).toHaveLength(30);
    }
    await one?.prune();
  });

  it('refuse a proof of earlier, and accept the new ones of its batch', async () => {
    const [one, other] = processes();
    const [used, ...fresh] = ids(6);
    expect(await one?.use(String(used))).toBe(true);
    const batch = [...fresh, String(used), ...fresh];
    // The second time within one batch counts no more than the second time at all.
    const expected = [...fresh.map(() => true), false, ...fresh.map(() => false)];
    expect(await Promise.all(batch.map((id) => other?.use(id)))).toEqual(expected);
    // Both statements of the store have the same memory.
    for (const id of [used, ...fresh])
      for (const store of [one, other]) expect(await store?.use(String(id))).toBe(false);
  });

  it.each(['cut', 'swallow'] as const)('accept none while the database is away (%s)', async (fault) => {
    const line = await startLine(world.database.url);
    const database = createDatabase({ url: line.url, poolSize: 3 });
    atEnd(() => database.close());
    const store = createUsedProofStore(database);
    expect(await store.use(ids(1).join())).toBe(true);
    line[fault]();
    const tries = (count: number) =>
      Promise.allSettled(ids(count).map((id) => inRequest(() => store.use(id))));
    const first = tries(3);
    // The later ones are the next batch, which waits for the first.
    await new Promise((resolve) => setImmediate(resolve));
    const answers = (await Promise.all([first, tries(3)])).flat();
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'rejected'));
    line.mend();
    expect(await inRequest(() => store.use(ids(1).join()))).toBe(true);
  });
});
