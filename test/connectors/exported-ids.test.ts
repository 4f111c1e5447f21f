import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { providers } from '../../src/connectors/registry.ts';
import { accountIdsOf } from '../../src/imports/account-ids.ts';
import { asObject, type Json, type JsonObject, tryParse } from '../../src/kit/exact-json.ts';
import { Secret } from '../../src/kit/secret.ts';
import { labProfiles } from '../../src/lab/profiles.ts';
import type { Connection } from '../../src/login/connections.ts';
import { createProviderWorld } from './provider-world.ts';

// The accounts of people who signed in at other products lead to the subjects that a sign-in here produces, or to none.

/**
 * The members that other products keep as the id of an account, where it is not the subject here. Read in Better Auth 1.7.25,
 * Auth.js 0.41.3 and Logto's connectors of 2026.
 */
const kept: Readonly<Record<string, readonly string[]>> = {
  // Better Auth and Logto keep `oid`, which Graph names `id`. Auth.js keeps `sub`, which differs from client to client.
  microsoft: ['oid', 'sub'],
  slack: ['https://slack.com/user_id', 'sub'],
  'slack-workspace': ['user_id', 'id'],
  salesforce: ['user_id', 'sub'],
  hubspot: ['user_id'],
  wecom: ['userid'],
  bitbucket: ['account_id'],
  pinterest: ['username'],
  paypal: ['user_id'],
  yandex: ['id', 'psuid'],
};

/** A person's sign-in, with everything that the provider said. */
interface Seen {
  readonly subject: string;
  readonly answers: readonly JsonObject[];
  readonly idToken: string | undefined;
}

describe.each(providers)('an exported account of %s', (provider) => {
  let connection: Connection;
  let lin: Seen;
  let ada: Seen;

  beforeAll(async () => {
    const profile = labProfiles.find((one) => one.provider === provider)?.name ?? provider;
    const world = await createProviderWorld(provider, profile, { userAgent: 'MicroMessenger wxwork' });
    const { connector, registration } = world;
    connection = { connector, registration } as unknown as Connection;
    const signIn = async (user: string): Promise<Seen> => {
      const first = world.answers.length;
      const { account } = await world.arrive(user);
      const answers = world.answers.slice(first).map((text) => asObject(tryParse(text)) ?? {});
      const idToken = answers.map((answer) => answer.id_token).find((one) => typeof one === 'string');
      return { subject: account.subject, answers, idToken };
    };
    lin = await signIn('lin');
    ada = await signIn('ada');
  });

  /** Returns the subjects for an exported id, with each part of the export that may come along. */
  function derived(id: string, { answers, idToken }: Pick<Seen, 'answers' | 'idToken'>) {
    const tokensOf = (token: string) => ({ idToken: new Secret(token) });
    const tokens = [undefined, ...(idToken === undefined ? [] : [tokensOf(idToken)])];
    const account = {
      connection: provider,
      subject: id,
      name: undefined,
      picture: undefined,
      email: undefined,
    };
    const found = [{}, ...answers].flatMap((profile) =>
      tokens.map((own) => accountIdsOf({ ...account, profile, tokens: own } as never, connection)),
    );
    return new Set(found.map(subjectOf));
  }

  it('has the subject of the sign-in verbatim, unless the connector declares how it is made', () => {
    const { exportedIds, profileIds } = connection.connector;
    const claims = lin.idToken === undefined ? [] : [decodeJwt(lin.idToken) as JsonObject];
    const told = [...scalars([...lin.answers, ...claims])];
    if (!exportedIds && !profileIds) expect(told).toContain(lin.subject);
  });

  it('keeps an id that is the subject already', () => {
    const subjects = derived(lin.subject, lin);
    if (connection.connector.profileIds) for (const none of noSubject) subjects.delete(none);
    else expect(subjects.size).toBe(1);
    expect([...subjects].every((subject) => subject === lin.subject)).toBe(true);
  });

  it('never leads to another subject from an id that products keep', () => {
    const ids = keptIn(lin);
    expect(ids.length > 0).toBe(kept[provider] !== undefined);
    const outcomes = ids.flatMap((id) => [...derived(id, lin)]);
    expect(outcomes.filter((one) => one !== lin.subject && !noSubject.includes(one))).toEqual([]);
  });

  it('never leads to the person of another profile or ID token', () => {
    const { answers, idToken } = ada;
    // Where the profile alone tells the ids apart, it is the account's own.
    const others = connection.connector.profileIds ? [] : answers;
    for (const id of [lin.subject, ...keptIn(lin)])
      expect(derived(id, { answers: others, idToken })).not.toContain(ada.subject);
  });

  function keptIn({ answers, idToken }: Seen): readonly string[] {
    const claims = idToken === undefined ? [] : [decodeJwt(idToken) as JsonObject];
    return [...answers, ...claims].flatMap((part) => valuesOf(part, kept[provider] ?? []));
  }
});

/** The outcomes for an account whose subject the export does not tell. */
const noSubject = ['unknown_subject', 'unconfirmed'];

function subjectOf(ids: ReturnType<typeof accountIdsOf>): string {
  if (typeof ids === 'string') return ids;
  return 'unconfirmed' in ids ? 'unconfirmed' : ids.subject;
}

function scalars(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(scalars);
  const object = asObject(value);
  return object ? Object.values(object).flatMap(scalars) : [String(value)];
}

/** Returns the values of these members, at any depth. */
function valuesOf(value: Json, names: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesOf(one, names));
  return Object.entries(asObject(value) ?? {}).flatMap(([name, member]) =>
    names.includes(name) && ['string', 'number'].includes(typeof member)
      ? [String(member)]
      : valuesOf(member, names),
  );
}
