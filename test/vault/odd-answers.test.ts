import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { RefreshTarget } from '../../src/vault/refresh/refresh-deps.ts';
import { type OddAnswer, oddAnswers } from '../support/odd-answers.ts';
import { createOddProvider, type OddGrant } from '../support/odd-provider.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// `npm run prove:answers` runs ten thousand of them. A seed repeats a run: ANSWERS_SEED=….
const count = Number(process.env.ANSWERS ?? 300);
const seed = Number(process.env.ANSWERS_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Connectors that read answers differently, with the number of people at each. */
const providers = ['oauth2', 'openid-connect', 'gitlab', 'github'] as const;
const peopleAtEach = 3;

let world: VaultWorld;
let people: readonly Person[];

interface Person {
  readonly target: RefreshTarget;
  readonly grant: OddGrant;
}

beforeAll(async () => {
  const odd = await createOddProvider();
  world = await createVaultWorld({ hosts: [odd.host] });
  for (const provider of providers)
    await world.connections.create({
      alias: `odd-${provider}`,
      provider,
      client_id: 'odd-client',
      client_secret: 'odd-secret',
      endpoints: odd.endpoints,
      options: {},
      scopes: ['openid', 'a', 'b'],
      enabled: true,
      for: 'login',
    });
  const settled: Person[] = [];
  for (const provider of providers)
    for (let number = 0; number < peopleAtEach; number += 1)
      settled.push(await settle(`odd-${provider}`, `${provider}-${number}`));
  people = settled;

  async function settle(alias: string, subject: string): Promise<Person> {
    const grant = odd.grantTo(subject);
    const connection = await world.connection(alias);
    const tokens = {
      accessToken: new Secret(`at-${subject}-0`),
      refreshToken: new Secret(grant.refreshToken),
      expiresIn: 3600,
      refreshExpiresIn: undefined,
      scopes: ['openid', 'a', 'b'],
      parameters: {},
      extra: {},
    };
    const account = {
      subject,
      alternates: {},
      name: undefined,
      picture: undefined,
      email: undefined,
      emailVerified: false,
    };
    const arrival = { connection, account, tokens, resume: { kind: 'interaction', uid: 'none' } as const };
    const { userId, identityId } = await world.identities.findOrCreate(arrival);
    await world.vault.storeTokens({ identityId, userId, subject, connection, tokens });
    return { target: { identityId, userId, subject, connection }, grant };
  }
});

/** Refreshes with this answer, and returns what is wrong afterwards. */
async function faultAfter({ target, grant }: Person, answer: OddAnswer): Promise<string | undefined> {
  grant.next = answer;
  const before = grant.refreshes;
  const result = await world.vault.freshToken(target, { minTtl: 0, refreshedSince: world.clock.now() });
  if (grant.refused.length > 0) return `presented ${grant.refused.join(' and ')}`;
  if (result.kind !== 'token') return `ended as ${JSON.stringify(result)}`;
  if (grant.refreshes !== before + 1) return `asked ${grant.refreshes - before} times`;
  const token = result.accessToken.reveal();
  return token.startsWith(`at-${grant.person}-`) && token.endsWith(`-${answer.accessEnd}`)
    ? undefined
    : 'served another token';
}

describe('a refresh answer with a usable access token and a new refresh token', () => {
  it(
    `is followed by a refresh that sends the new one: ${count} of them, seed ${seed}`,
    async () => {
      const answers = fc.sample(oddAnswers, { seed, numRuns: count });
      for (let from = 0; from < answers.length; from += people.length) {
        world.clock.advance(seconds(20));
        const round = people.map((person, place) => ({ person, answer: answers[from + place] }));
        const faults = await Promise.all(
          round.map(async ({ person, answer }) => {
            const fault = answer && (await faultAfter(person, answer));
            return fault === undefined ? [] : [{ seed, fault, at: person.grant.person, answer }];
          }),
        );
        expect(faults.flat()).toEqual([]);
      }
      // The last answers count only if the tokens they brought are sent too.
      world.clock.advance(seconds(20));
      const [plain] = fc.sample(oddAnswers, { seed: 1, numRuns: 1 });
      if (!plain) throw new Error('no answer');
      for (const person of people) expect(await faultAfter(person, plain)).toBeUndefined();
    },
    60_000 + count * 60,
  );
});
