import { readFileSync } from 'node:fs';
import { UnsecuredJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readJsonUser, recordSchema } from '../../src/imports/formats/json.ts';
import { importSchema, schemaFile } from './import-schema.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

const page = readFileSync('docs/import-json.md', 'utf8');
const [, example = ''] = /```jsonl\n(.*?)```/s.exec(page) ?? [];

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['microsoft'] });
});
beforeEach(() => world.empty());

const take = async (text: string) => await world.run(await fileOf(text), readJsonUser);

const user = (more: object = {}, account: object = {}) => ({
  version: 1,
  kind: 'user',
  ref: 'u1',
  accounts: [{ connection: 'github', subject: '1', ...account }],
  ...more,
});

it('the example of the page is imported as it stands', async () => {
  const { tally, left, ids } = await take(example);
  expect(left).toEqual([]);
  expect(tally).toMatchObject({
    users: { read: 3, new: 2, known: 0, left: 0 },
    identities: { new: 4 },
    tokens: { new: 3 },
  });
  const [ada = '', grace = ''] = [ids.get('u-17'), ids.get('u-18')];
  expect(await world.identities.findUser(ada)).toMatchObject({
    name: 'Ada Lovelace',
    picture: 'https://img.example.com/ada.png',
    disabledAt: null,
    createdAt: new Date('2024-03-01T10:00:00Z'),
    lastLoginAt: new Date('2026-11-02T07:15:00Z'),
  });
  const linked = await world.linked(ada);
  const of = (alias: string) => linked.find((one) => one.alias === alias);
  expect(linked).toHaveLength(3);
  expect(of('google')).toMatchObject({ subject: '104729', email: 'ada@example.com', emailVerified: false });
  expect(of('wechat')).toMatchObject({ subject: 'oLab-ada', alternates: { 'wechat:unionid': 'uLab-ada' } });
  expect(of('gitlab')).toMatchObject({ subject: '99', name: null });
  expect(await world.health(ada, 'google')).toMatchObject({
    scopes: ['openid', 'email', 'https://www.googleapis.com/auth/drive.readonly'],
  });
  expect(await world.identities.findUser(grace)).toMatchObject({ disabledAt: expect.any(Date) });
  expect(await world.linked(grace)).toMatchObject([{ name: 'grace', email: 'grace@example.com' }]);
});

it('accounts are added to a user who is here, and to no other', async () => {
  const first = await take(lines([user()]));
  const adds = (ref: string, accounts: readonly object[]) => ({
    version: 1,
    kind: 'accounts',
    ref,
    accounts,
  });
  const gitlab = { connection: 'gitlab', subject: '9' };
  const { ids, left } = await take(
    lines([
      adds('other-name', [{ connection: 'github', subject: '1' }, gitlab]),
      adds('u2', [{ connection: 'github', subject: '2' }]),
    ]),
  );
  expect(ids.get('other-name')).toBe(first.ids.get('u1'));
  expect((await world.linked(ids.get('other-name') ?? '')).map(({ alias }) => alias).sort()).toEqual([
    'github',
    'gitlab',
  ]);
  expect(left).toEqual([{ user: 'u2', reason: 'user_not_here' }]);
});

it('an ID token or the profile leads to the subject that a sign-in takes', async () => {
  const { account } = await world.arrive('microsoft', 'ada');
  const [tid = '', oid = ''] = account.subject.split(':');
  const { registration } = await world.connection('microsoft');
  const claims = { iss: registration.issuer.replace('{tenantid}', tid), aud: registration.clientId };
  const idToken = new UnsecuredJWT({ ...claims, sub: 'pairwise', tid, oid }).encode();
  const at = { connection: 'microsoft' };
  const records = [
    user({ ref: 'token' }, { ...at, subject: 'pairwise', id_token: idToken }),
    user({ ref: 'profile' }, { ...at, subject: oid, profile: { tid, oid, sub: 'pairwise' } }),
    user({ ref: 'neither' }, { ...at, subject: 'pairwise' }),
  ];
  for (const record of records.slice(0, 2)) {
    await world.empty();
    const { ids } = await take(lines([record]));
    expect((await world.signIn('microsoft', 'ada')).userId).toBe([...ids.values()][0]);
  }
  const { left } = await take(lines(records.slice(2)));
  expect(left).toMatchObject([{ user: 'neither', reason: 'unknown_subject' }]);
});

const token = { access_token: 'secret-token' };

describe('malformed, with the path of the field and never its value:', () => {
  it.each([
    ['no version', user({ version: undefined }), ['version']],
    ['a later version', user({ version: 2 }), ['version']],
    ['no kind', user({ kind: undefined }), ['kind']],
    ['an empty ref', user({ ref: '' }), ['ref']],
    ['a ref that is a number', user({ ref: 7 }), ['ref']],
    ['an unknown field', user({ nickname: 'Ada' }), ['nickname']],
    [
      'unknown fields everywhere',
      user({ nick: 1 }, { extra: {}, tokens: { ...token, scope: 'a b' } }),
      ['accounts.0.tokens.scope', 'accounts.0.extra', 'nick'],
    ],
    ['a user’s field in a record that adds accounts', user({ kind: 'accounts', name: 'Ada' }), ['name']],
    ['a flag as a number', user({ disabled: 1 }), ['disabled']],
    ['a date without a time', user({ created_at: '2024-03-01' }), ['created_at']],
    ['a time without a zone', user({ last_login_at: '2024-03-01T10:00:00' }), ['last_login_at']],
    ['a time in seconds', user({ created_at: 1_709_287_200 }), ['created_at']],
    ['a time in the year 0', user({ created_at: '0000-03-01T10:00:00Z' }), ['created_at']],
    ['no accounts', user({ accounts: undefined }), ['accounts']],
    ['an account without an id', user({}, { subject: undefined }), ['accounts.0.subject']],
    ['an account whose id is a number', user({}, { subject: 1 }), ['accounts.0.subject']],
    ['scopes as a text', user({}, { tokens: { ...token, scopes: 'a b' } }), ['accounts.0.tokens.scopes']],
    ['no access token', user({}, { tokens: { refresh_token: 'r' } }), ['accounts.0.tokens.access_token']],
    ['a lifetime of zero', user({}, { tokens: { ...token, lifetime: 0 } }), ['accounts.0.tokens.lifetime']],
  ])('%s', async (_, record, details) => {
    const { tally, left } = await take(lines([record, user({ ref: 'u2' }, { subject: '2' })]));
    const named = details.map((detail) => ({ user: 'record 1', reason: 'malformed', detail }));
    expect(left).toEqual(expect.arrayContaining(named));
    expect(left).toHaveLength(named.length);
    expect(tally.users).toMatchObject({ new: 1, left: 1 });
    expect(JSON.stringify(left)).not.toContain('secret-token');
  });
});

it('many unknown fields fill no report', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field ${index}`, index]));
  const { left } = await take(lines([user(unknown), user({ ['n'.repeat(100_000)]: 1 })]));
  expect(left).toHaveLength(11);
  expect(JSON.stringify(left).length).toBeLessThan(2000);
});

it('a null is as good as no field', () => {
  const empty = user(
    { name: null, picture: null, email: null, disabled: null, created_at: null, last_login_at: null },
    { ids: null, name: null, picture: null, email: null, profile: null, id_token: null, tokens: null },
  );
  const read = readJsonUser(empty, { now: new Date() });
  expect(read).toEqual(readJsonUser(user(), { now: new Date() }));
  expect(recordSchema.safeParse(user({}, { subject: null, ids: null })).success).toBe(false);
});

it('docs/import.schema.json is the schema (npm run import-schema), and the page names each field', () => {
  const published = JSON.parse(readFileSync(schemaFile, 'utf8'));
  expect(published).toEqual(JSON.parse(importSchema()));
  const named = new Set<string>();
  JSON.stringify(published, (key, value) => {
    if (key === 'properties') for (const name of Object.keys(value)) named.add(name);
    return value;
  });
  expect(named.size).toBeGreaterThan(20);
  expect([...named].filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
});
