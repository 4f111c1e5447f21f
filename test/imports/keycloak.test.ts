import { UnsecuredJWT } from 'jose';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readKeycloakUser } from '../../src/imports/formats/keycloak.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

const federated = (identityProvider: string, userId: string) => ({
  identityProvider,
  userId,
  userName: `n${userId}`,
});

/** The output of `kc.sh export`: the users are part of the realm's document. */
const realm = (users: readonly object[]) => ({
  id: 'shop',
  realm: 'shop',
  roles: { realm: [{ name: 'user' }], client: { account: [{ id: 'x', users: [1] }] } },
  users,
  identityProviders: [{ alias: 'google', providerId: 'google', config: { clientId: 'x' } }],
  clients: [{ clientId: 'account', users: [] }],
});

const person = (id: string, identities: readonly object[], more: object = {}) => ({
  id,
  username: `u-${id}`,
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  emailVerified: true,
  enabled: true,
  createdTimestamp: 1_709_290_800_000,
  credentials: [],
  federatedIdentities: identities,
  ...more,
});

const row = (user_id: string, identity_provider: string, federated_user_id: string, token: unknown) => ({
  identity_provider,
  realm_id: 'shop',
  federated_user_id,
  federated_username: 'ada',
  token: typeof token === 'string' ? token : JSON.stringify(token),
  user_id,
});

const inSeconds = (from: number) => Math.floor(world.clock.now().getTime() / 1000) + from;

it('a disabled user stays disabled, however it is spelt', async () => {
  const spelt = [false, 0, '0', 'false', 'f', true, 1, 't', null, undefined];
  const users = spelt.map((enabled, index) =>
    person(`spelt-${index}`, [federated('github', `spelt-${index}`)], { enabled }),
  );
  const { ids } = await world.run(await fileOf(JSON.stringify(realm(users))), readKeycloakUser);
  const disabled = await Promise.all(
    spelt.map(async (_, index) => {
      const found = await world.identities.findUser(ids.get(`spelt-${index}`) ?? '');
      return found?.disabledAt instanceof Date;
    }),
  );
  expect(disabled).toEqual(spelt.map((_, index) => index < 5));
});

it('a realm export contains the users, the identity table their tokens', async () => {
  const arrived = await world.arrive('google', 'ada', { forceConsent: true });
  const { subject } = arrived.account;
  const users = realm([
    person('u1', [federated('google', subject), federated('github', '7')], {
      credentials: [{ type: 'password' }],
    }),
    person('u2', [federated('github', '8')], { enabled: false, firstName: undefined, lastName: undefined }),
    person('u3', [], { credentials: [{ type: 'password' }, { type: 'otp' }] }),
    person('u4', [federated('github', '9')], { serviceAccountClientId: 'robot' }),
  ]);
  const file = await fileOf(JSON.stringify(users, null, 2));
  const { tally, left, ids } = await world.run(file, readKeycloakUser);
  expect(tally).toMatchObject({
    users: { read: 4, new: 2, left: 2 },
    identities: { new: 3 },
    tokens: { new: 0 },
  });
  expect(left).toEqual([
    { user: 'u1', reason: 'password' },
    { user: 'u3', reason: 'password' },
    { user: 'u3', reason: 'second_factor' },
    { user: 'u3', reason: 'no_account' },
    { user: 'u4', reason: 'service_account' },
  ]);
  const u1 = ids.get('u1') ?? '';
  expect(await world.identities.findUser(u1)).toMatchObject({
    name: 'Ada Lovelace',
    createdAt: new Date(1_709_290_800_000),
  });
  const u2 = await world.identities.findUser(ids.get('u2') ?? '');
  expect(u2).toMatchObject({ name: 'u-u2', disabledAt: expect.any(Date) });

  const stored = {
    access_token: arrived.tokens?.accessToken.reveal(),
    refresh_token: arrived.tokens?.refreshToken?.reveal(),
    expires_in: 3599,
    scope: arrived.tokens?.scopes.join(' '),
    token_type: 'Bearer',
    accessTokenExpiration: inSeconds(3000),
  };
  const tokens = await world.run(
    await fileOf(
      lines([
        row('u1', 'google', subject, stored),
        row('u1', 'github', '7', 'access_token=gho_7&scope=repo%2Cuser&token_type=bearer'),
      ]),
    ),
    readKeycloakUser,
  );
  expect(tokens).toMatchObject({ left: [], tally: { users: { read: 2, known: 1 }, tokens: { new: 2 } } });
  const google = await world.fresh(u1, 'google');
  expect(google).toMatchObject({ kind: 'token', expiresAt: new Date(inSeconds(3000) * 1000) });
  expect(google.kind === 'token' && google.accessToken.reveal()).toBe(stored.access_token);
  const longer = await world.fresh(u1, 'google', 3_300_000);
  expect(longer.kind === 'token' && longer.accessToken.reveal()).not.toBe(stored.access_token);
  expect(await world.fresh(u1, 'github')).toMatchObject({
    kind: 'token',
    expiresAt: null,
    scopes: ['repo', 'user'],
  });
});

it('a token of another client or account is skipped', async () => {
  const { clientId } = (await world.connection('google')).registration;
  const idToken = (aud: string, sub: string) => new UnsecuredJWT({ sub }).setAudience(aud).encode();
  const users = ['1', '2', '3', '4'].map((n) => person(`u${n}`, [federated('google', n)]));
  await world.run(await fileOf(JSON.stringify(realm(users))), readKeycloakUser);
  const token = (id_token: string, end = 3000) => ({
    access_token: 'ya29.x',
    expires_in: 3599,
    accessTokenExpiration: inSeconds(end),
    id_token,
  });
  const rows = [
    row('u1', 'google', '1', token(idToken(clientId, '1'))),
    row('u2', 'google', '2', token(idToken('somebody-else', '2'))),
    row('u3', 'google', '3', token(idToken(clientId, '33'))),
    row('u4', 'google', '4', token(idToken(clientId, '4'), -1)),
    row('u5', 'google', '5', token(idToken(clientId, '5'))),
  ];
  const { left, tally } = await world.run(await fileOf(lines(rows)), readKeycloakUser);
  expect(left).toEqual([
    { user: 'u2', connection: 'google', reason: 'token_of_other_client' },
    { user: 'u3', connection: 'google', reason: 'token_of_other_account' },
    { user: 'u4', connection: 'google', reason: 'token_ended' },
    { user: 'u5', reason: 'user_not_here' },
  ]);
  expect(tally.tokens.new).toBe(1);
});

it('the scope of a stored answer is that of its token, and a later token with fewer scopes changes nothing', async () => {
  const users = realm([person('u1', [federated('google', '1')])]);
  const { ids } = await world.run(await fileOf(JSON.stringify(users)), readKeycloakUser);
  const store = async (access_token: string, scope: string | undefined, end: number) => {
    const times = { expires_in: 3599, accessTokenExpiration: inSeconds(end) };
    const answer = { access_token, refresh_token: '1//r', scope, ...times };
    return await world.run(await fileOf(lines([row('u1', 'google', '1', answer)])), readKeycloakUser);
  };
  await store('wide', 'openid email', 2000);
  expect((await store('narrow', 'openid', 3000)).tally).toMatchObject({ tokens: { replaced: 0, kept: 1 } });
  expect(await world.health(ids.get('u1') ?? '', 'google')).toMatchObject({ scopes: ['openid', 'email'] });
  await world.empty();
  const again = await world.run(await fileOf(JSON.stringify(users)), readKeycloakUser);
  // The answer to a refresh may omit it.
  await store('refreshed', undefined, 2000);
  expect(await world.health(again.ids.get('u1') ?? '', 'google')).toMatchObject({ scopes: [] });
});

it('WeChat users are matched by the openid, and what an app needs besides the token is imported', async () => {
  const stored = {
    access_token: 'wx-access',
    expires_in: 7200,
    refresh_token: 'wx-refresh',
    openid: 'oLab-1',
    unionid: 'uLab-1',
    scope: 'snsapi_login',
    accessTokenExpiration: inSeconds(7000),
  };
  // Keycloak's WeChat extensions use the unionid as the id.
  const { ids, left } = await world.run(
    await fileOf(
      JSON.stringify(realm([person('u1', [federated('wechat', 'uLab-1'), federated('github', '5')])])),
    ),
    readKeycloakUser,
  );
  expect(left).toEqual([]);
  const rows = [row('u1', 'github', '5', 'access_token=gho_5'), row('u1', 'wechat', 'uLab-1', stored)];
  await world.run(await fileOf(lines(rows)), readKeycloakUser);
  const userId = ids.get('u1') ?? '';
  const linked = (await world.linked(userId)).toSorted(
    (one, other) => one.alias?.localeCompare(other.alias ?? '') ?? 0,
  );
  expect(linked).toMatchObject([
    { alias: 'github' },
    { alias: 'wechat', subject: 'oLab-1', alternates: { 'wechat:unionid': 'uLab-1' } },
  ]);
  expect(await world.fresh(userId, 'wechat')).toMatchObject({
    kind: 'token',
    parameters: { openid: 'oLab-1', unionid: 'uLab-1' },
  });
});
