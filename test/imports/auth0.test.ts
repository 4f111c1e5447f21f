import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readAuth0User } from '../../src/imports/formats/auth0.ts';
import { createImportWorld, fileOf, gzippedFileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;
const names = { 'google-oauth2': 'google' };

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

/**
 * The answer of Auth0's Management API about a person who signed in at the lab's Google and GitHub through
 * it.
 */
async function ada() {
  const google = await world.arrive('google', 'ada', { forceConsent: true });
  const github = await world.arrive('github', 'ada');
  return {
    user_id: `google-oauth2|${google.account.subject}`,
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    email_verified: true,
    picture: 'https://pictures.example/ada.png',
    created_at: '2024-03-01T10:00:00.000Z',
    last_login: world.clock.now().toISOString(),
    logins_count: 7,
    identities: [
      {
        provider: 'google-oauth2',
        connection: 'google-oauth2',
        user_id: google.account.subject,
        isSocial: true,
        access_token: google.tokens?.accessToken.reveal(),
        refresh_token: google.tokens?.refreshToken?.reveal(),
        expires_in: 3599,
      },
      {
        provider: 'github',
        connection: 'github',
        user_id: Number(github.account.subject),
        isSocial: true,
        access_token: github.tokens?.accessToken.reveal(),
        profileData: { name: 'ada-l', picture: 'https://pictures.example/gh.png' },
      },
    ],
  };
}

const user = (user_id: string, identities: unknown, more: object = {}) => ({ user_id, identities, ...more });
const at = (connection: string, id: string | number, provider = connection, more: object = {}) => ({
  provider,
  connection,
  user_id: id,
  isSocial: true,
  ...more,
});

it('a user is imported with her accounts and tokens, and the tokens work at the provider', async () => {
  const record = await ada();
  const { tally, left, ids } = await world.run(await gzippedFileOf(lines([record])), readAuth0User, {
    names,
  });
  expect(left).toEqual([]);
  expect(tally).toMatchObject({
    users: { read: 1, new: 1, known: 0, left: 0 },
    identities: { new: 2 },
    tokens: { new: 2 },
  });
  const userId = ids.get(record.user_id) ?? '';
  expect(await world.identities.findUser(userId)).toMatchObject({
    name: 'Ada Lovelace',
    picture: 'https://pictures.example/ada.png',
    createdAt: new Date('2024-03-01T10:00:00.000Z'),
    disabledAt: null,
  });
  expect(await world.linked(userId)).toMatchObject([
    {
      alias: 'google',
      subject: record.identities[0]?.user_id,
      email: 'ada@example.com',
      emailVerified: false,
    },
    { alias: 'github', subject: String(record.identities[1]?.user_id), name: 'ada-l' },
  ]);

  // The expiry of Google's token is unknown, so it is refreshed before the first retrieval.
  const google = await world.fresh(userId, 'google');
  expect(google.kind).toBe('token');
  const got = google.kind === 'token' ? google.accessToken.reveal() : '';
  expect(got).not.toBe(record.identities[0]?.access_token);
  const { userinfo = '' } = (await world.connection('google')).registration.endpoints;
  const me = await fetch(userinfo, { headers: { authorization: `Bearer ${got}` } });
  expect([me.status, await me.json()]).toMatchObject([200, { sub: record.identities[0]?.user_id }]);
  // GitHub's tokens have no expiry.
  const github = await world.fresh(userId, 'github');
  expect(github).toMatchObject({ kind: 'token', expiresAt: null });
  expect(github.kind === 'token' && github.accessToken.reveal()).toBe(record.identities[1]?.access_token);
});

it('a person who signs in afterwards is the imported user', async () => {
  const record = await ada();
  const { ids } = await world.run(await fileOf(lines([record])), readAuth0User, { names });
  const { userId } = await world.signIn('google', 'ada');
  expect(userId).toBe(ids.get(record.user_id));
});

it('a dry run reports the same and writes nothing; a second run changes nothing', async () => {
  const crowd = Array.from({ length: 1203 }, (_, n) =>
    user(`github|${n}`, [
      at('github', n, 'github', { access_token: `gho_${n}` }),
      ...(n % 2 ? [at('facebook', `f${n}`)] : []),
    ]),
  );
  const file = await fileOf(lines(crowd));
  const before = await world.contents();
  const dry = await world.run(file, readAuth0User, { dry: true });
  expect(await world.contents()).toEqual(before);
  const first = await world.run(file, readAuth0User);
  expect(first.tally).toEqual(dry.tally);
  expect(first.tally).toMatchObject({
    users: { new: 1203 },
    identities: { new: 1804 },
    tokens: { new: 1203 },
  });
  const after = await world.contents();
  const second = await world.run(file, readAuth0User);
  expect(await world.contents()).toEqual(after);
  expect(second.tally).toMatchObject({
    users: { new: 0, known: 1203 },
    identities: { new: 0, known: 1804 },
    tokens: { new: 0, replaced: 0, kept: 1203 },
  });
  expect(second.ids).toEqual(first.ids);
});

it('skipped records are reported with their reason, and the rest is imported', async () => {
  const unsafe = '12345678901234567890';
  const records = [
    user('auth0|1', [at('Username-Password-Authentication', '1', 'auth0')], { multifactor: ['guardian'] }),
    user('sms|2', [at('sms', '2', 'sms')]),
    user('twitter|3', [at('twitter', '3'), at('github', 3)], { blocked: true }),
    user('github|4', [at('github', '')]),
    user('google-oauth2|5', [
      // The token has no refresh token, and its expiry is unknown.
      at('google-oauth2', '5', 'google-oauth2', { access_token: 'ya29.x' }),
    ]),
    user('google-oauth2|6', [at('google-oauth2', '6', 'google-oauth2', { access_token: 'ya29.y' })], {
      last_login: '2026-01-01T00:00:00Z',
    }),
    user('github|7', [at('github', 7, 'github', { access_token: 'two words\n' })]),
    { user_id: 'github|8' },
    user('oauth2|github|9', [at('github', 'github|9', 'oauth2')]),
  ];
  const text = `${lines(records)}{"user_id": "github|10", "identities": [{"connection": "github", "provider": "github", "user_id": ${unsafe}}]}\nnot JSON\n`;
  const { tally, left, ids } = await world.run(await fileOf(text), readAuth0User, { names });
  expect(left).toEqual([
    { user: 'auth0|1', reason: 'password' },
    { user: 'auth0|1', reason: 'second_factor' },
    { user: 'auth0|1', reason: 'no_account' },
    { user: 'sms|2', reason: 'passwordless' },
    { user: 'sms|2', reason: 'no_account' },
    { user: 'twitter|3', connection: 'twitter', reason: 'unknown_connection' },
    { user: 'github|4', connection: 'github', reason: 'unusable_subject' },
    { user: 'google-oauth2|5', connection: 'google-oauth2', reason: 'token_end_unknown' },
    { user: 'google-oauth2|6', connection: 'google-oauth2', reason: 'token_ended' },
    { user: 'github|7', connection: 'github', reason: 'token_unusable' },
    { user: 'record 8', reason: 'malformed', detail: 'identities' },
    { user: 'record 11', reason: 'malformed' },
  ]);
  expect(tally.users).toEqual({ read: 11, new: 6, known: 0, left: 5 });
  const subjects = async (ref: string) =>
    (await world.linked(ids.get(ref) ?? '')).map(({ subject }) => subject);
  expect(await subjects('oauth2|github|9')).toEqual(['9']);
  expect(await subjects('github|10')).toEqual([unsafe]);
  const blocked = await world.identities.findUser(ids.get('twitter|3') ?? '');
  expect(blocked?.disabledAt).not.toBeNull();
});

it('accounts are matched by their keys, never by an address, and no users are merged', async () => {
  const mail = { email: 'same@example.com', email_verified: true };
  const { userId: here } = await world.signIn('github', 'ada');
  const { userId: other } = await world.signIn('facebook', 'lin');
  const [adas] = await world.linked(here);
  const [lins] = await world.linked(other);
  const records = [
    user('github|1', [at('github', 1)], mail),
    user('facebook|1', [at('facebook', 'f1')], mail),
    // Ada exists here already, and gets the account she had there.
    user('github|ada', [at('github', adas?.subject ?? ''), at('facebook', 'fb-ada')]),
    // The accounts belong to two users here, so the user is skipped.
    user('github|2', [at('github', adas?.subject ?? ''), at('facebook', lins?.subject ?? '')]),
    // An account of another user.
    user('github|3', [at('github', 1), at('facebook', 'f3')]),
  ];
  const { ids, left } = await world.run(await fileOf(JSON.stringify(records, null, 1)), readAuth0User);
  expect(ids.get('github|1')).not.toBe(ids.get('facebook|1'));
  expect(ids.get('github|ada')).toBe(here);
  expect((await world.linked(here)).map(({ alias }) => alias)).toEqual(['github', 'facebook']);
  expect(left).toEqual([
    { user: 'github|2', reason: 'several_users' },
    { user: 'github|3', reason: 'account_of_another' },
  ]);
  expect(await world.linked(other)).toHaveLength(1);
});

it('pages of the Management API are read in any formatting', async () => {
  const page = {
    start: 0,
    limit: 2,
    total: 2,
    users: [user('a', [at('github', 1)]), user('b', [at('github', 2)])],
  };
  for (const text of [JSON.stringify(page), JSON.stringify(page, null, 2), lines([page])]) {
    const { tally } = await world.run(await fileOf(text), readAuth0User);
    expect(tally.users.read).toBe(2);
  }
  await expect(world.run(await fileOf('[{"user_id": "a"},\n{"user'), readAuth0User)).rejects.toThrow(
    'ends in the middle',
  );
});

it('scopes that the export leaves out are those the operator states, or none', async () => {
  const record = user('github|1', [at('github', 1, 'github', { access_token: 'gho_1' })]);
  const { ids } = await world.run(await fileOf(lines([record])), readAuth0User);
  expect(await world.health(ids.get('github|1') ?? '', 'github')).toMatchObject({ scopes: [] });
  await world.empty();
  const told = await world.run(await fileOf(lines([record])), readAuth0User, {
    scopes: { github: ['repo', 'user'] },
  });
  expect(await world.health(told.ids.get('github|1') ?? '', 'github')).toMatchObject({
    scopes: ['repo', 'user'],
    state: 'active',
  });
});
