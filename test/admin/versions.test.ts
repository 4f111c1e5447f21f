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

describe('the OpenAPI document of a connection', () => {
  const document = (paths: object, more: object = {}) =>
    JSON.stringify({ openapi: '3.1.0', info: { title: 'x', version: '1' }, paths, ...more });
  const stored = async (path: string) =>
    await world.database.prisma.apiDescription.findFirst({
      where: { connection: { alias: path.split('/')[2] ?? '' } },
    });

  it('is reduced to its operations, kept with a tag, and taken back', async () => {
    const path = await newConnection();
    const issue = {
      allOf: [{ properties: { id: { $ref: '#/components/schemas/Id' } } }],
      required: ['title'],
      properties: {
        title: { type: ['null', 'string'], example: 'dropped' },
        parent: { $ref: '#/components/schemas/Issue' },
        ['__proto__']: { type: 'string' },
      },
    };
    const text = document(
      {
        '/issues/{id}': {
          put: {
            operationId: 'putIssue',
            description: 'Puts\u202e an issue',
            tags: ['issues', 7],
            parameters: [{ $ref: '#/components/parameters/id' }, { name: 'sid', in: 'cookie' }],
            requestBody: {
              required: true,
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Issue' } } },
            },
            responses: { 200: { $ref: 'https://evil.example/answer.json' } },
          },
          trace: {},
        },
        '/__proto__/constructor': { get: {} },
      },
      {
        components: {
          parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'integer' } } },
          schemas: { Id: { type: 'integer' }, Issue: issue },
        },
      },
    );
    const { body } = await call('PATCH', path, { api_description: text });
    expect(body).toMatchObject({ has_api_description: true, version: 2 });
    const kept = await stored(path);
    expect(kept?.tag).not.toBeNull();
    expect(JSON.parse(kept?.document ?? '')).toEqual(
      JSON.parse(`{"openapi":"3.1.0","paths":{"/issues/{id}":{"put":{"operationId":"putIssue","summary":"Puts an issue",
        "tags":["issues"],"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
        "requestBody":{"required":true,"content":{"application/json":{"schema":{"properties":{"title":{"type":"string"},
        "parent":{"type":"object"},"__proto__":{"type":"string"},"id":{"type":"integer"}},"required":["title"]}}}}}},
        "/__proto__/constructor":{"get":{}}}}`),
    );
    // It reduces to itself.
    await call('PATCH', path, { api_description: kept?.document });
    expect((await stored(path))?.document).toBe(kept?.document);
    const events = itemsOf(await call('GET', '/events?type=connection.changed'));
    expect(events[0]).toMatchObject({ detail: { fields: ['api_description'] } });
    expect(JSON.stringify(events)).not.toContain('putIssue');

    expect((await call('PATCH', path, { api_description: null })).body.has_api_description).toBe(false);
    expect(await stored(path)).toBeNull();
    expect((await call('GET', await newConnection({ api_description: text }))).body).toMatchObject({
      has_api_description: true,
      version: 1,
    });
  });

  const get = (operation: object) => ({ '/a': { get: operation } });
  const post = (schema: object) => ({
    '/a': { post: { requestBody: { content: { 'application/json': { schema } } } } },
  });
  const schemas = (all: object) => ({ components: { schemas: all } });
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, true]));
  const manyPosts = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [
      `/${index}`,
      post({ $ref: '#/components/schemas/A' })['/a'],
    ]),
  );

  it.each([
    ['that is no JSON', 'openapi: 3.1.0', 'is no JSON'],
    ['whose version has methods', '{"openapi":{"toString":1,"valueOf":1}}', 'openapi: must be 3.0 or 3.1'],
    ['of version 2', JSON.stringify({ swagger: '2.0', paths: {} }), 'openapi: must be 3.0 or 3.1'],
    ['that is a list', '[]', 'the document: must be an object'],
    ['of 300 KiB', document({ 'x-long': 'a'.repeat(300 * 1024) }), 'larger than 256 KiB'],
    ['of 256 KiB in characters of two bytes', document({ 'x-long': 'é'.repeat(200 * 1024) }), 'larger than'],
    ['with a path upwards', document({ '/a/../b': {} }), 'paths./a/../b: is no path'],
    ['with a query in its path', document({ '/a?b=c': {} }), 'paths./a?b=c: is no path'],
    [
      'with a reference to another one',
      document(get({ parameters: [{ $ref: 'https://evil.example/p.json' }] })),
      'paths./a.get.parameters[0].$ref: must begin with #/',
    ],
    [
      'with a reference to a file',
      document({ '/a': { $ref: 'file:///etc/passwd' } }),
      'paths./a.$ref: must begin',
    ],
    ['with a reference to nothing', document({ '/a': { $ref: '#/constructor/name' } }), 'names no part'],
    [
      'with references in a circle',
      document(post(ref('A')), schemas({ A: ref('B'), B: ref('A') })),
      'back to itself',
    ],
    [
      'that references make very large',
      document(manyPosts, schemas({ A: { properties: wide } })),
      'references multiply the document',
    ],
    [
      'with 2001 operations',
      document(Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`/${i}`, { get: {} }]))),
      'more than 2000',
    ],
    ['with a list for an operation', document(get([])), 'paths./a.get: must be an object'],
    ['nested without an end', '['.repeat(100_000), 'is no JSON'],
  ])('is refused with its place: one %s', async (_, text, words) => {
    const path = await newConnection();
    const answer = await call('PATCH', path, { api_description: text });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(answer.body.detail).toContain(words);
    expect(answer.body.errors).toMatchObject([{ path: 'api_description' }]);
    expect(await stored(path)).toBeNull();
  });

  it('that a schema contains itself in is no harm', async () => {
    const path = await newConnection();
    const self = { allOf: [ref('A'), ref('A')], properties: { child: ref('A') } };
    const text = document(post(ref('A')), schemas({ A: self }));
    expect((await call('PATCH', path, { api_description: text })).status).toBe(200);
    expect((await stored(path))?.document).toContain('"properties":{"child":{"type":"object"}}');
  });
});
