import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readSupabaseUser } from '../../src/imports/formats/supabase.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

const page = readFileSync('docs/importing.md', 'utf8');
const [, exportQuery = ''] = /```sql\n(SELECT [^`]*FROM auth\.users u;)\n```/.exec(page) ?? [];

let world: ImportWorld;

// The columns of supabase/auth 2.196 that an export reads, and two that it must leave alone.
const schema = `CREATE SCHEMA auth;
  CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, encrypted_password text, confirmation_token text,
    last_sign_in_at timestamptz, raw_user_meta_data jsonb, created_at timestamptz, banned_until timestamptz,
    deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false);
  CREATE TABLE auth.identities (provider_id text NOT NULL, user_id uuid NOT NULL, identity_data jsonb NOT NULL,
    provider text NOT NULL, last_sign_in_at timestamptz, created_at timestamptz,
    email text GENERATED ALWAYS AS (lower(identity_data ->> 'email')) STORED, id uuid PRIMARY KEY DEFAULT gen_random_uuid());
  CREATE TABLE auth.mfa_factors (user_id uuid NOT NULL, status text NOT NULL);`;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['microsoft', 'bitbucket', 'slack'] });
  await world.database.pool.query(schema);
});
beforeEach(async () => {
  await world.empty();
  await world.database.pool.query('TRUNCATE auth.users, auth.identities, auth.mfa_factors');
});

interface SupabaseUser {
  readonly password?: string;
  readonly bannedUntil?: string;
  readonly deletedAt?: string;
  readonly meta?: object;
}

async function addUser(
  identities: Readonly<Record<string, readonly [id: string, data?: object]>>,
  more: SupabaseUser = {},
): Promise<string> {
  const { pool } = world.database;
  const id = randomUUID();
  await pool.query('INSERT INTO auth.users VALUES ($1, $2, $3, $4, now(), $5, $6, $7, $8)', [
    ...[id, 'ada@example.com', more.password ?? null, 'confirmation-secret'],
    ...[more.meta ?? { full_name: 'Ada Okafor', avatar_url: 'https://img.example.com/ada.png' }],
    ...['2024-03-01T10:00:00Z', more.bannedUntil ?? null, more.deletedAt ?? null],
  ]);
  for (const [provider, [subject, data = {}]] of Object.entries(identities))
    await pool.query(
      'INSERT INTO auth.identities (provider_id, user_id, identity_data, provider) VALUES ($1, $2, $3, $4)',
      [subject, id, { sub: subject, provider_id: subject, email_verified: true, ...data }, provider],
    );
  return id;
}

async function exported(): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await world.database.pool.query(exportQuery);
  return rows.map(({ jsonb_build_object: row }) => row);
}

const names = { azure: 'microsoft', slack_oidc: 'slack', keycloak: 'openid-connect' };

async function take(records: readonly unknown[]) {
  return await world.run(await fileOf(lines(records)), readSupabaseUser, { names });
}

it('people arrive as themselves by the query of the page, with their accounts and without tokens', async () => {
  const subjects = new Map<string, string>();
  for (const alias of ['github', 'microsoft', 'slack', 'openid-connect', 'bitbucket'])
    subjects.set(alias, (await world.arrive(alias, 'ada')).account.subject);
  const of = (alias: string) => subjects.get(alias) ?? '';
  const [tid, oid] = of('microsoft').split(':');
  const [team, member = ''] = of('slack').split(':');
  const ada = await addUser({
    github: [of('github'), { user_name: 'ada-okafor', name: 'Ada', email: 'ADA@example.com' }],
    // The provider's further claims are under `custom_claims`; the id is the `sub` of the Supabase project's client.
    azure: ['pairwise-sub-of-the-client', { full_name: 'Ada', custom_claims: { tid, oid, xms_edov: true } }],
    slack_oidc: [member, { custom_claims: { 'https://slack.com/team_id': team } }],
    keycloak: [of('openid-connect')],
    bitbucket: [of('bitbucket')],
  });
  const records = await exported();
  expect(JSON.stringify(records)).not.toContain('confirmation-secret');
  const { tally, left, ids } = await take(records);
  expect(left).toEqual([]);
  expect(tally).toMatchObject({ users: { new: 1 }, identities: { new: 5 }, tokens: { new: 0 } });
  const userId = ids.get(ada) ?? '';
  expect(await world.identities.findUser(userId)).toMatchObject({
    name: 'Ada Okafor',
    picture: 'https://img.example.com/ada.png',
    createdAt: new Date('2024-03-01T10:00:00Z'),
  });
  const github = (await world.linked(userId)).find(({ alias }) => alias === 'github');
  expect(github).toMatchObject({ name: 'Ada', email: 'ADA@example.com', emailVerified: false });
  for (const alias of subjects.keys())
    expect([alias, (await world.signIn(alias, 'ada')).userId]).toEqual([alias, userId]);
});

it('a ban that lasts disables, and a deleted user stays out', async () => {
  const inDays = (days: number) => new Date(world.clock.now().getTime() + days * 86_400_000).toISOString();
  const banned = await addUser({ github: ['1'] }, { bannedUntil: inDays(1) });
  const forever = await addUser({ github: ['2'] }, { bannedUntil: 'infinity' });
  const decades = await addUser({ github: ['4'] }, { bannedUntil: inDays(36_500) });
  const free = await addUser({ github: ['3'] }, { bannedUntil: inDays(-1) });
  const gone = await addUser({ github: ['hash-of-the-id'] }, { deletedAt: inDays(-1) });
  const { left, ids } = await take(await exported());
  expect(left).toHaveLength(2);
  expect(left).toContainEqual({ user: gone, reason: 'deleted' });
  expect(left).toContainEqual({ user: banned, reason: 'blocked_until', until: inDays(1) });
  const disabledAt = async (id: string) => (await world.identities.findUser(ids.get(id) ?? ''))?.disabledAt;
  expect(await disabledAt(banned)).toBeInstanceOf(Date);
  expect(await disabledAt(forever)).toBeInstanceOf(Date);
  expect(await disabledAt(decades)).toBeInstanceOf(Date);
  expect(await disabledAt(free)).toBeNull();
});

it('passwords, codes and second factors are left out and counted, as are providers without a connection', async () => {
  const password = await addUser({ email: ['e1'], github: ['1'] }, { password: '$2a$10$hash' });
  const code = await addUser({ phone: ['p1'] }, { password: '' });
  const anonymous = await addUser({});
  const saml = await addUser({ 'sso:6ba7b810-9dad-11d1-80b4-00c04fd430c8': ['name-id'] });
  await world.database.pool.query(
    `INSERT INTO auth.mfa_factors VALUES ($1, 'verified'), ($2, 'unverified')`,
    [password, code],
  );
  const { left, tally } = await take(await exported());
  const of = (id: string) => left.filter(({ user }) => user === id).map(({ reason }) => reason);
  expect([password, code, anonymous, saml].map(of)).toEqual([
    ['password', 'second_factor'],
    ['passwordless', 'no_account'],
    ['no_account'],
    ['unknown_connection'],
  ]);
  expect(tally.users).toMatchObject({ new: 1, left: 3 });
});

it('rows from before November 2023, and answers of the admin API, name the provider’s id `id`', async () => {
  await addUser({ github: ['4242'] });
  const [record = {}] = await exported();
  const read = (one: unknown) => readSupabaseUser(one, { now: new Date() });
  const [identity = {}] = Object(record.identities);
  const { provider_id, id: _id, ...rest } = identity;
  expect(read({ ...record, identities: [{ ...rest, id: provider_id }] })).toEqual(read(record));
  const { raw_user_meta_data, ...fields } = record;
  const answer = {
    ...fields,
    user_metadata: raw_user_meta_data,
    identities: [{ ...rest, identity_id: _id, id: '4242' }],
  };
  expect(read(answer)).toEqual(read(record));
});
