import { beforeAll, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld({ providers: ['wechat-official-account', 'wecom'] });
  call = adminClient(world);
});

const name = 'MP_verify_Aa0Bb1Cc2Dd3Ee4F.txt';
const at = (file: string, alias = 'wechat-official-account') => `/connections/${alias}/domain-files/${file}`;

it('a file is served at the root, as plain text, until it is taken away', async () => {
  expect((await fetch(`${world.issuer}/${name}`)).status).toBe(404);
  const put = await call('PUT', at(name), { content: 'Aa0Bb1Cc2Dd3Ee4F' });
  expect([put.status, put.body]).toEqual([
    200,
    { name, content: 'Aa0Bb1Cc2Dd3Ee4F', url: `${world.issuer}/${name}` },
  ]);
  const served = await fetch(`${world.issuer}/${name}`);
  expect([served.status, await served.text()]).toEqual([200, 'Aa0Bb1Cc2Dd3Ee4F']);
  expect(served.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(served.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await call('GET', at(name))).body).toEqual(put.body);
  expect((await call('DELETE', at(name))).status).toBe(204);
  expect((await fetch(`${world.issuer}/${name}`)).status).toBe(404);
  expect((await call('DELETE', at(name))).status).toBe(404);
});

it.each(['robots.txt', 'MP_verify_a.txt', 'MP_verify_Aa0Bb1Cc2Dd3Ee4F.html', 'index.html', 'healthz'])(
  'the name %s is refused, so that no page is replaced',
  async (other) => {
    expect((await call('PUT', at(other), { content: 'x' })).status).toBe(400);
  },
);

it.each([
  ['too long', 'x'.repeat(1025)],
  ['empty', ''],
  ['not plain', '<p>林</p>'],
])('a content that is %s is refused', async (_why, content) => {
  expect((await call('PUT', at(name), { content })).status).toBe(422);
});

it('belongs to one connection, and is served no more when that is gone', async () => {
  const file = 'WW_verify_Aa0Bb1Cc2Dd3Ee4F.txt';
  const made = { provider: 'wecom', client_id: 'ww0123456789abcdef', client_secret: 'a-secret-of-wecom' };
  const options = { agent_id: '1000002' };
  expect((await call('POST', '/connections', { alias: 'wecom-2', options, ...made })).status).toBe(201);
  expect((await call('PUT', at(file, 'wecom-2'), { content: 'first' })).status).toBe(200);
  expect((await call('PUT', at(file), { content: 'second' })).status).toBe(409);
  expect((await call('GET', at(file))).status).toBe(404);
  expect((await call('DELETE', '/connections/wecom-2')).status).toBe(200);
  expect((await fetch(`${world.issuer}/${file}`)).status).toBe(404);
  expect((await call('PUT', at(file), { content: 'second' })).status).toBe(200);
  expect(await (await fetch(`${world.issuer}/${file}`)).text()).toBe('second');
});

it('goes to one of two connections that ask for the same name at once', async () => {
  const file = 'MP_verify_Bb1Cc2Dd3Ee4Ff5G.txt';
  const aliases = ['wechat-official-account', 'wechat', 'github', 'google'];
  const answers = await Promise.all(
    aliases.map(async (alias) => ({ alias, ...(await call('PUT', at(file, alias), { content: alias })) })),
  );
  const winners = answers.filter(({ status }) => status === 200);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  expect(await (await fetch(`${world.issuer}/${file}`)).text()).toBe(winners[0]?.alias);
});
