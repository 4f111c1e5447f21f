import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readAuth0User } from '../../src/imports/formats/auth0.ts';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { connectionWith, importedAs } from '../support/mistaken-import.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

// People whose subject here is composed of several ids, of which other products keep one.

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['microsoft', 'salesforce', 'slack', 'slack-workspace'] });
});
beforeEach(() => world.empty());

/** Returns the subject that a person's sign-in produces, and forgets the person. */
async function subjectOf(alias: string, user: string): Promise<string> {
  const { account } = await world.arrive(alias, user);
  return account.subject;
}

/** An ID token as the old product has stored it; its signature was checked when it was issued. */
async function idTokenOf(alias: string, claims: object): Promise<string> {
  const { registration } = await world.connection(alias);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [part({ alg: 'none' }), part({ aud: registration.clientId, ...claims }), ''].join('.');
}

const issuerOf = async (tid: string) =>
  (await world.connection('microsoft')).registration.issuer.replace('{tenantid}', tid);

const record = (id: string, accounts: readonly object[]) => ({ id, name: id, accounts });
const account = (providerId: string, accountId: string, idToken?: string) => ({
  ...{ providerId, accountId, accessToken: 'at', refreshToken: 'rt', scope: 'openid', idToken },
});

const take = async (records: readonly object[], dry = false) =>
  await world.run(await fileOf(lines(records)), readBetterAuthUser, { dry });

it('an object id of Microsoft gets its tenant from the ID token, and the person signs in as the same user', async () => {
  const subject = await subjectOf('microsoft', 'ada');
  const [tid = '', oid = ''] = subject.split(':');
  const idToken = await idTokenOf('microsoft', { iss: await issuerOf(tid), sub: 'pairwise', tid, oid });
  const { ids, left, tally } = await take([record('u1', [account('microsoft', oid, idToken)])]);
  expect(left).toEqual([]);
  expect(tally).toMatchObject({ users: { new: 1 }, tokens: { new: 1 } });
  const { userId } = await world.signIn('microsoft', 'ada');
  expect(userId).toBe(ids.get('u1'));
  await world.empty();
  // Better Auth encrypts the other tokens, and never the ID token.
  const sealed = { ...account('microsoft', oid, idToken), accessToken: 'ab'.repeat(70) };
  const without = await take([record('u1', [sealed])]);
  expect(without.left).toEqual([{ user: 'u1', connection: 'microsoft', reason: 'token_encrypted' }]);
  expect(await world.linked(without.ids.get('u1') ?? '')).toMatchObject([{ subject }]);
  // Auth.js keeps the `sub`, which differs from client to client.
  const again = await take([record('u1', [account('microsoft', 'pairwise', idToken)])]);
  expect(again.tally).toMatchObject({ users: { new: 0, known: 1 }, identities: { new: 0, known: 1 } });
});

it('an object id without a tenant is left, and a connection with one tenant names it', async () => {
  const subject = await subjectOf('microsoft', 'ada');
  const [tid = '', oid = ''] = subject.split(':');
  const records = [record('u1', [account('microsoft', oid), account('entra', oid)])];
  await connectionWith(world, 'entra', { like: 'microsoft', options: { tenant: tid } });
  const { left, ids } = await take(records);
  expect(left).toEqual([{ user: 'u1', connection: 'microsoft', reason: 'unknown_subject' }]);
  expect(await world.linked(ids.get('u1') ?? '')).toMatchObject([{ alias: 'entra', subject }]);
});

it('a personal account of Microsoft has its tenant by the form of its id, which Graph shortens', async () => {
  const subject = await subjectOf('microsoft', 'lin');
  const oid = subject.split(':')[1] ?? '';
  const graph = oid.slice(-17).replace('-', '');
  const { ids } = await take([
    record('u1', [account('microsoft', oid)]),
    record('u2', [account('microsoft', graph)]),
  ]);
  expect(await world.linked(ids.get('u1') ?? '')).toMatchObject([{ subject }]);
  // Both are one account.
  expect(ids.size).toBe(1);
});

it('an ID token of another tenant, client or person makes no identity from the options', async () => {
  const [tid = '', oid = ''] = (await subjectOf('microsoft', 'ada')).split(':');
  const other = '11111111-2222-3333-4444-555555555555';
  await connectionWith(world, 'contoso', { like: 'microsoft', options: { tenant: other } });
  const token = async (claims: object) => await idTokenOf('contoso', claims);
  const { left, ids } = await take([
    record('of another tenant', [
      account('contoso', oid, await token({ iss: await issuerOf(tid), tid, oid })),
    ]),
    record('with a false issuer', [
      account('contoso', oid, await token({ iss: 'https://evil.example', tid, oid })),
    ]),
    record('of another client', [
      account('microsoft', oid, await token({ iss: await issuerOf(tid), aud: 'another', tid, oid })),
    ]),
    record('of another person', [
      account('contoso', oid, await token({ iss: await issuerOf(other), tid: other, oid: other })),
    ]),
  ]);
  expect(left).toEqual([
    { user: 'of another tenant', connection: 'contoso', reason: 'unknown_subject' },
    { user: 'with a false issuer', connection: 'contoso', reason: 'unknown_subject' },
    { user: 'of another client', connection: 'microsoft', reason: 'unknown_subject' },
    { user: 'of another person', connection: 'contoso', reason: 'token_of_other_account' },
  ]);
  expect(ids.size).toBe(1);
});

it('the profile in an export names the organization of Salesforce and the workspace of Slack', async () => {
  const [organization_id = '', user_id = ''] = (await subjectOf('salesforce', 'lin')).split('-');
  const identity = { connection: 'salesforce', provider: 'salesforce', user_id };
  const auth0 = { user_id: 'a1', identities: [{ ...identity, profileData: { organization_id, user_id } }] };
  const { ids } = await world.run(await fileOf(lines([auth0])), readAuth0User);
  expect((await world.signIn('salesforce', 'lin')).userId).toBe(ids.get('a1'));

  // The profile of a user's first identity is that of the user.
  const [, ada = ''] = (await subjectOf('salesforce', 'ada')).split('-');
  const first = { ...identity, user_id: ada };
  const flattened = { user_id: `salesforce|${ada}`, organization_id, identities: [first] };
  const one = await world.run(await fileOf(lines([flattened])), readAuth0User);
  expect((await world.signIn('salesforce', 'ada')).userId).toBe(one.ids.get(`salesforce|${ada}`));

  // Auth0 renames the tenant of Microsoft, and may keep the `sub` of its own client.
  const [tenantid = '', oid = ''] = (await subjectOf('microsoft', 'ada')).split(':');
  const entra = { connection: 'microsoft', provider: 'waad', user_id: 'pairwise' };
  const renamed = { user_id: 'waad|pairwise', tenantid, oid, identities: [entra] };
  const other = await world.run(await fileOf(lines([renamed])), readAuth0User);
  expect((await world.signIn('microsoft', 'ada')).userId).toBe(other.ids.get('waad|pairwise'));

  const [team = '', member = ''] = (await subjectOf('slack', 'lin')).split(':');
  const rawData = { sub: member, 'https://slack.com/user_id': member, 'https://slack.com/team_id': team };
  const logto = { id: 'l1', identities: { slack: { userId: member, details: { rawData } } } };
  const second = await world.run(await fileOf(lines([logto])), readLogtoUser);
  expect((await world.signIn('slack', 'lin')).userId).toBe(second.ids.get('l1'));
  // The shared id of Slack's members joins the two connections.
  expect((await world.signIn('slack-workspace', 'lin')).userId).toBe(second.ids.get('l1'));
});

it('an ID token of Salesforce names the organization in its `sub`, and the token comes along', async () => {
  const [organization = '', user = ''] = (await subjectOf('salesforce', 'lin')).split('-');
  const { issuer } = (await world.connection('salesforce')).registration;
  const sub = `https://login.salesforce.com/id/${organization}/${user}`;
  const idToken = await idTokenOf('salesforce', { iss: issuer, sub });
  const { ids, left, tally } = await take([record('u1', [account('salesforce', user, idToken)])]);
  expect(left).toEqual([]);
  expect(tally).toMatchObject({ users: { new: 1 }, tokens: { new: 1 } });
  expect((await world.signIn('salesforce', 'lin')).userId).toBe(ids.get('u1'));
});

it('a second import finds those of an earlier version, and the dry run agrees', async () => {
  const subject = await subjectOf('microsoft', 'ada');
  const [tid = '', oid = ''] = subject.split(':');
  const userId = (await importedAs(world, 'microsoft', { subject: oid, of: 'ada' })).userId;
  const idToken = await idTokenOf('microsoft', { iss: await issuerOf(tid), tid, oid });
  const records = [record('u1', [account('microsoft', oid, idToken), account('github', '7')])];
  const dry = await take(records, true);
  expect(await world.linked(userId)).toMatchObject([{ subject: oid }]);
  const { tally, ids, left } = await take(records);
  expect(dry.tally).toEqual(tally);
  expect(left).toEqual([{ user: 'u1', connection: 'microsoft', reason: 'stored_from_sign_in' }]);
  expect(tally).toMatchObject({
    users: { new: 0, known: 1 },
    identities: { new: 1, known: 1, rekeyed: 1 },
  });
  expect(ids.get('u1')).toBe(userId);
  expect(await world.linked(userId)).toMatchObject([{ subject }, { alias: 'github' }]);
  expect(await world.fresh(userId, 'microsoft')).toMatchObject({ kind: 'token' });
  expect((await world.signIn('microsoft', 'ada')).userId).toBe(userId);
  expect((await take(records)).tally).toMatchObject({ identities: { new: 0, known: 2, rekeyed: 0 } });
});

it('a person who became a second user meanwhile is left as several users', async () => {
  const [tid = '', oid = ''] = (await subjectOf('microsoft', 'ada')).split(':');
  const userId = (await importedAs(world, 'microsoft', { subject: oid, of: 'ada' })).userId;
  const second = await world.signIn('microsoft', 'ada');
  const idToken = await idTokenOf('microsoft', { iss: await issuerOf(tid), tid, oid });
  const { left } = await take([record('u1', [account('microsoft', oid, idToken)])]);
  expect(left).toEqual([{ user: 'u1', reason: 'several_users' }]);
  expect(second.userId).not.toBe(userId);
});
