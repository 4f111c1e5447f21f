import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../support/pictures.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;
let made = 0;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

const secretOf = (text: string) => {
  world.remember(text);
  return text;
};

async function newConnection(more: object = {}): Promise<string> {
  const alias = `work-${++made}`;
  const registration = {
    provider: 'github',
    client_id: 'one',
    client_secret: secretOf(`first-secret-${made}`),
  };
  const answer = await call('POST', '/connections', { alias, ...registration, ...more });
  expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
  return `/connections/${alias}`;
}

async function create(path: string, body: object): Promise<string> {
  const { body: item } = await call('POST', path, body);
  world.remember(...[item.client_secret, item.secret].filter((one) => typeof one === 'string'));
  return `${path}/${item.client_id ?? item.id}`;
}

const items: Readonly<Record<string, () => Promise<readonly [path: string, mine: object, theirs: object]>>> =
  {
    'a connection': async () => [await newConnection(), { client_id: 'mine' }, { client_id: 'theirs' }],
    'an app': async () => [
      await create('/apps', { name: 'One', type: 'service' }),
      { name: 'mine' },
      { name: 'theirs' },
    ],
    'an API': async () => [
      await create('/apis', { identifier: `https://api-${++made}.example`, name: 'One' }),
      { name: 'mine' },
      { name: 'theirs' },
    ],
    'a webhook': async () => [
      await create('/webhooks', { url: 'https://hooks.example/' }),
      { description: 'mine' },
      { description: 'theirs' },
    ],
  };

describe.each(Object.keys(items))('%s', (kind) => {
  const make = () => (items[kind] as () => Promise<readonly [string, object, object]>)();

  it('that two admins save at once is saved once, and the second is told both values', async () => {
    const [path, mine, theirs] = await make();
    const seen = await call('GET', path);
    expect(seen.headers.get('etag')).toBe(`"${seen.body.version}"`);
    const ifMatch = { 'if-match': seen.headers.get('etag') ?? '' };

    const answers = await Promise.all([theirs, mine].map((body) => call('PATCH', path, body, ifMatch)));
    const [first, second] = answers.toSorted((one, other) => one.status - other.status);
    expect([first?.status, second?.status]).toEqual([200, 409]);
    expect(first?.body.version).toBe(Number(seen.body.version) + 1);

    const [field = ''] = Object.keys(mine);
    const values = [mine, theirs].map((one) => Object.values(one)[0]);
    const won = first?.body[field];
    expect(second?.body).toMatchObject({
      type: 'urn:symbolon:problem:conflict',
      code: 'conflict',
      version: first?.body.version,
      conflicts: { [field]: { theirs: won, mine: values.find((value) => value !== won) } },
    });
  });

  it('is changed without If-Match as before, and each change raises its version', async () => {
    const [path, mine] = await make();
    const { body: before } = await call('GET', path);
    for (const ifMatch of ['1', '"2"', undefined, '*']) {
      const answer = await call('PATCH', path, mine, ifMatch === undefined ? {} : { 'if-match': ifMatch });
      expect([ifMatch, answer.status]).toEqual([ifMatch, 200]);
    }
    expect((await call('GET', path)).body.version).toBe(Number(before.version) + 4);
    for (const wrong of ['W/"5"', '"5", "6"', 'five please'])
      expect((await call('PATCH', path, mine, { 'if-match': wrong })).status).toBe(400);
  });

  it('is kept by a tool, and shows it', async () => {
    const [path, mine, theirs] = await make();
    const terraform = { 'symbolon-managed-by': 'terraform/prod' };
    expect((await call('PATCH', path, theirs, terraform)).body.managed_by).toBe('terraform/prod');

    // A caller that has never heard of tools goes on, and the event says what it passed over.
    const passing = await call('PATCH', path, mine);
    expect(passing).toMatchObject({ status: 200, body: { managed_by: 'terraform/prod' } });
    const events = itemsOf(await call('GET', `/events?request=${passing.headers.get('x-request-id')}`));
    expect(events).toMatchObject([{ detail: { passed_over: 'terraform/prod' } }]);

    // A careful caller is refused, and so is another tool, until it says so.
    const refused = [
      await call('PATCH', path, theirs, { 'symbolon-managed-override': 'no' }),
      await call('PATCH', path, theirs, { 'symbolon-managed-by': 'pulumi' }),
      await call('DELETE', path, undefined, { 'symbolon-managed-override': 'no' }),
    ];
    for (const answer of refused)
      expect(answer).toMatchObject({ status: 409, body: { code: 'conflict', managed_by: 'terraform/prod' } });
    const taken = { 'symbolon-managed-by': 'pulumi', 'symbolon-managed-override': 'yes' };
    expect((await call('PATCH', path, theirs, taken)).body.managed_by).toBe('pulumi');

    expect((await call('PATCH', path, { managed_by: null })).body.managed_by).toBeNull();
    expect((await call('PATCH', path, theirs, terraform)).body.managed_by).toBe('terraform/prod');
    const released = await call('PATCH', path, mine, { 'symbolon-managed-by': '' });
    expect(released.body.managed_by).toBeNull();
    expect((await call('PATCH', path, mine, { 'symbolon-managed-by': 'a b\tc' })).status).toBe(400);
  });
});

describe('secrets', () => {
  it('of a connection are named in a conflict, and not shown', async () => {
    const path = await newConnection();
    expect((await call('PATCH', path, { hidden: true })).status).toBe(200);
    const late = { client_secret: secretOf('a-second-secret-of-mine'), hidden: false };
    const answer = await call('PATCH', path, late, { 'if-match': '"1"' });
    expect(answer.body).toMatchObject({
      conflicts: { hidden: { theirs: true, mine: false } },
      secrets: ['client_secret'],
    });
    expect(answer.text).not.toContain('a-second-secret');
  });

  it('raise the version of an app, an API and a webhook when they are replaced', async () => {
    for (const make of ['an app', 'an API', 'a webhook']) {
      const [path] = (await items[make]?.()) ?? [''];
      const late = await call('POST', `${path}/secret`, undefined, { 'if-match': '"7"' });
      expect([make, late.status]).toEqual([make, 409]);
      const { body } = await call('POST', `${path}/secret`, undefined, { 'if-match': '"1"' });
      world.remember(...[body.client_secret, body.secret].filter((one) => typeof one === 'string'));
      expect([make, (await call('GET', path)).body.version]).toEqual([make, 2]);
    }
  });
});

describe('the looks of a connection', () => {
  it('are set, shown and taken back', async () => {
    const looks = { display_name: { en: 'Work GitHub', zh: '公司 GitHub' }, hidden: true, position: 3 };
    const path = await newConnection({ ...looks, logo: png(32) });
    expect((await call('GET', path)).body).toMatchObject({ ...looks, has_logo: true, version: 1 });
    const plain = { display_name: null, hidden: false, position: null };
    const { body } = await call('PATCH', path, { ...plain, logo: null });
    expect(body).toMatchObject({ ...plain, has_logo: false });
    expect((await call('PATCH', path, { logo: 'data:image/svg+xml;base64,PHN2Zy8+' })).status).toBe(422);
  });

  it('have an order, which is saved as a whole', async () => {
    const aliases = [await newConnection(), await newConnection()].map((path) => path.split('/')[2] ?? '');
    const before = await call('GET', '/connections/order');
    const ifMatch = { 'if-match': before.headers.get('etag') ?? '' };
    const wanted = { connections: [...aliases].reverse() };
    const saved = await call('PUT', '/connections/order', wanted, ifMatch);
    expect(saved.status).toBe(200);
    expect((saved.body.connections as string[]).slice(0, 2)).toEqual([...aliases].reverse());
    expect(saved.body.connections).toHaveLength((before.body.connections as string[]).length);

    const late = await call('PUT', '/connections/order', { connections: aliases }, ifMatch);
    expect(late).toMatchObject({ status: 409, body: { conflicts: { connections: { mine: aliases } } } });
    const unknown = await call('PUT', '/connections/order', { connections: ['nowhere'] });
    expect(unknown.body.errors).toMatchObject([{ path: 'connections.0' }]);
    expect((await call('GET', `/connections/${aliases[1]}`)).body).toMatchObject({ position: 0, version: 2 });
  });

  it('is refused where it moves a connection of another tool, under the rule of each change', async () => {
    const [kept, other] = [await newConnection(), await newConnection()].map(
      (path) => path.split('/')[2] ?? '',
    );
    const tool = { 'symbolon-managed-by': 'terraform/prod' };
    await call('PATCH', `/connections/${kept}`, { hidden: false }, tool);
    const order = (connections: (string | undefined)[], headers: Record<string, string> = {}) =>
      call('PUT', '/connections/order', { connections }, headers);
    for (const headers of [{ 'symbolon-managed-override': 'no' }, { 'symbolon-managed-by': 'ansible' }])
      expect(await order([kept], headers)).toMatchObject({
        status: 409,
        body: { managed_by: 'terraform/prod' },
      });
    expect((await call('GET', `/connections/${kept}`)).body).toMatchObject({ position: null });
    // A connection that stays where it is asks for nothing.
    expect((await order([other], { 'symbolon-managed-override': 'no' })).status).toBe(200);
    expect((await order([kept, other], tool)).status).toBe(200);
    const passing = await order([other, kept], { 'symbolon-managed-override': 'yes' });
    const request = passing.headers.get('x-request-id');
    expect(itemsOf(await call('GET', `/events?request=${request}`))).toMatchObject([
      { type: 'connection.reordered', detail: { passed_over: 'terraform/prod' } },
    ]);
    expect((await call('GET', `/connections/${kept}`)).body).toMatchObject({ managed_by: 'terraform/prod' });
  });
});
