import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readCasdoorUser } from '../../src/imports/formats/casdoor.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;
/** The client id of the connection `wechat`. */
let appId: string;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['wechat-mini-program'] });
  appId = (await world.connection('wechat')).registration.clientId;
});
beforeEach(() => world.empty());

// The shapes are those of Casdoor's source at e6b2338f (after 3.99.0).
const user = (name: string, more: object = {}, properties: object = {}) => ({
  owner: 'shop',
  name,
  createdTime: '2025-02-03T12:05:06+08:00',
  updatedTime: '2026-05-01T08:00:00+08:00',
  deletedTime: '',
  id: name,
  type: 'normal-user',
  password: '',
  displayName: 'Ada',
  avatar: 'https://a.example/a',
  email: 'ada@example.com',
  address: [],
  tag: 'staff',
  isForbidden: false,
  isDeleted: false,
  originalToken: '',
  originalRefreshToken: '',
  lastSigninTime: '2026-05-01T08:00:00+08:00',
  github: '',
  google: '',
  wechat: '',
  preferredMfaType: '',
  totpSecret: '',
  ldap: '',
  properties,
  ...more,
});

const wechatExtra = (openids: Readonly<Record<string, string>>) => {
  const named = Object.entries(openids).map(([app, openid]) => [`wechat_openid_${app}`, openid]);
  return JSON.stringify({ wechat_unionid: Object.values(openids)[0], ...Object.fromEntries(named) });
};

async function take(...records: readonly object[]) {
  return await world.run(await fileOf(lines(records)), readCasdoorUser, { names: { corp: 'google' } });
}

const reasonsOf = (left: readonly { user: string; connection?: string; reason: string }[]) =>
  left.map((one) => [one.user, one.connection, one.reason]);

it('users are imported with the accounts of their columns and the tokens of their properties', async () => {
  const { tally, left, ids } = await take(
    user(
      'ada',
      { github: '583231', google: '109', password: 'hash', originalToken: 'gho_1' },
      {
        oauth_GitHub_id: '583231',
        oauth_GitHub_username: 'ada',
        oauth_GitHub_accessToken: 'gho_1',
        oauth_Google_id: '109',
        oauth_Google_accessToken: 'ya29.a',
        oauth_Google_refreshToken: '1//r',
      },
    ),
    user('grace', { github: '5', isForbidden: true, preferredMfaType: 'app' }),
    user('deleted', { github: '6', isDeleted: true }),
    user('plain', { tag: 'github', gitea: '7' }),
  );
  expect(tally).toMatchObject({ users: { new: 2, left: 2 }, identities: { new: 3 }, tokens: { new: 2 } });
  expect(reasonsOf(left)).toEqual([
    ['shop/ada', undefined, 'password'],
    ['shop/grace', undefined, 'second_factor'],
    ['shop/deleted', undefined, 'deleted'],
    ['shop/plain', 'gitea', 'unknown_connection'],
  ]);
  const ada = ids.get('shop/ada') ?? '';
  expect(await world.identities.findUser(ada)).toMatchObject({
    name: 'Ada',
    createdAt: new Date('2025-02-03T04:05:06Z'),
    lastLoginAt: new Date('2026-05-01T00:00:00Z'),
  });
  expect(await world.linked(ada)).toContainEqual(
    expect.objectContaining({ alias: 'github', subject: '583231', name: 'ada' }),
  );
  const grace = await world.identities.findUser(ids.get('shop/grace') ?? '');
  expect(grace).toMatchObject({ disabledAt: expect.any(Date) });
});

it('users with one id stay two: it is the id at the provider of the first sign-in', async () => {
  const { ids } = await take(user('ada', { id: '5', github: '5' }), user('bob', { id: '5', google: '5' }));
  expect([...ids.keys()]).toEqual(['shop/ada', 'shop/bob']);
  expect(new Set(ids.values()).size).toBe(2);
});

it('rows of the database and of its table of links are read', async () => {
  const row = {
    owner: 'shop',
    name: 'ada',
    display_name: 'Ada',
    is_forbidden: 1,
    created_time: '2025-02-03T12:05:06+08:00',
    address: '[]',
    groups: '[]',
    github: '4',
    properties: '{"oauth_GitHub_id":"4","oauth_GitHub_accessToken":"gho_4"}',
  };
  const link = {
    owner: 'shop',
    user_name: 'ada',
    provider_name: 'corp',
    provider_id: 'sub-1',
    created_time: '',
  };
  const { tally, left, ids } = await take(row, link, {
    ...link,
    user_name: 'stranger',
    provider_id: 'sub-2',
  });
  expect(tally).toMatchObject({ users: { new: 1 }, identities: { new: 2 }, tokens: { new: 1 } });
  expect(reasonsOf(left)).toEqual([['shop/stranger', undefined, 'user_not_here']]);
  const ada = ids.get('shop/ada') ?? '';
  expect(await world.identities.findUser(ada)).toMatchObject({ disabledAt: expect.any(Date) });
  expect((await world.linked(ada)).map(({ alias, subject }) => `${alias} ${subject}`).sort()).toEqual([
    'github 4',
    'google sub-1',
  ]);
});

it('a token is imported only if it is clear whose it is', async () => {
  const tokens = { oauth_GitHub_id: '1', oauth_GitHub_accessToken: '***' };
  const { tally, left } = await take(
    user('masked', { github: '1', originalToken: '***' }, tokens),
    user('other', { github: '2' }, { ...tokens, oauth_GitHub_accessToken: 'gho_1' }),
    // Casdoor before February 2026 kept the last token only, also of an account that was unlinked since.
    user('old', { github: '3', originalToken: 'whose' }),
  );
  expect(tally).toMatchObject({ identities: { new: 3 }, tokens: { new: 0 } });
  expect(reasonsOf(left)).toEqual([
    ['shop/masked', undefined, 'token_masked'],
    ['shop/other', undefined, 'token_of_other_account'],
    ['shop/old', undefined, 'token_unassigned'],
  ]);
});

it('of WeChat, the openid of the connection’s client is taken, and a unionid only if the column has one', async () => {
  const property = (openids: Readonly<Record<string, string>>) => ({
    oauth_WeChat_extra: wechatExtra(openids),
  });
  const { ids, tally } = await take(
    user(
      'both',
      { wechat: 'uLab-1' },
      {
        ...property({ [appId]: 'oWeb-1' }),
        oauth_WeChat_accessToken: 'at-1',
        oauth_WeChat_refreshToken: 'rt-1',
      },
    ),
    user('openid', { wechat: 'oWeb-2' }, property({ [appId]: 'oWeb-2' })),
    user(
      'two-clients',
      { wechat: 'uLab-3' },
      { ...property({ wxmobile: 'oMobile-3', [appId]: 'oWeb-3' }), oauth_WeChat_accessToken: 'at-3' },
    ),
  );
  const linked = async (name: string) => await world.linked(ids.get(`shop/${name}`) ?? '');
  expect(await linked('both')).toMatchObject([
    { subject: 'oWeb-1', alternates: { 'wechat:unionid': 'uLab-1' } },
  ]);
  expect(await linked('openid')).toMatchObject([{ subject: 'oWeb-2', alternates: {} }]);
  expect(await linked('two-clients')).toMatchObject([
    { subject: 'oWeb-3', alternates: { 'wechat:unionid': 'uLab-3' } },
  ]);
  expect(tally).toMatchObject({ tokens: { new: 1 } });
});

it('the openid of a mini program is not taken for one of the website', async () => {
  const { ids } = await take(
    user('mini', { wechat: 'oMini-1' }, { wechatOpenId: 'oMini-1', wechatUnionId: 'uLab-1' }),
  );
  expect(await world.linked(ids.get('shop/mini') ?? '')).toMatchObject([
    { alias: 'wechat-mini-program', subject: 'oMini-1', alternates: { 'wechat:unionid': 'uLab-1' } },
  ]);
});
