import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../support/pictures.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

const looks = {
  name: { en: 'Okafor & Lin', zh: '林奥' },
  accent: '#1f4e5f',
  logo: png(64),
  legal: {
    terms: 'https://okafor.example/terms',
    privacy: null,
    support: null,
    icp: '京ICP备12345678号',
    police: null,
    agreement: { version: '2026-11', url: 'https://okafor.example/agreement' },
  },
};

describe('the looks of the deployment', () => {
  it('are set as a whole, and read back', async () => {
    expect((await call('GET', '/branding')).body).toMatchObject({ name: null, logo: null, version: 0 });

    const set = await call('PUT', '/branding', looks, { 'if-match': '"0"' });
    expect([set.status, set.headers.get('etag')]).toEqual([200, '"1"']);
    expect((await call('GET', '/branding')).body).toEqual({ ...looks, version: 1 });

    const { body } = await call('PUT', '/branding', { name: { zh: '林奥' } });
    expect(body).toMatchObject({ name: { zh: '林奥' }, accent: null, logo: null, version: 2 });
  });

  it('a second save from the same version is answered with both values', async () => {
    const { body } = await call('GET', '/branding');
    const ifMatch = { 'if-match': `"${body.version}"` };
    expect((await call('PUT', '/branding', { accent: '#1f4e5f' }, ifMatch)).status).toBe(200);
    const late = await call('PUT', '/branding', { accent: '#5f1f4e' }, ifMatch);
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({
      code: 'conflict',
      version: Number(body.version) + 1,
      conflicts: { accent: { theirs: '#1f4e5f', mine: '#5f1f4e' } },
    });
  });

  it.each([
    ['a colour that cannot be read', { accent: '#ffcd00' }, 'accent', 'contrast of 1.39:1'],
    ['a link without TLS', { legal: { terms: 'http://okafor.example' } }, 'legal.terms', ''],
    [
      'a link with a password',
      { legal: { support: 'https://a:b@okafor.example' } },
      'legal.support',
      'password',
    ],
    ['a link that runs a script', { legal: { privacy: 'javascript:alert(1)' } }, 'legal.privacy', ''],
    ['an SVG', { logo: 'data:image/svg+xml;base64,PHN2Zy8+' }, 'logo', 'must be data:image/png'],
    ['a name in no language', { name: {} }, 'name', 'en'],
    ['an unknown field', { colour: '#1f4e5f' }, '', 'colour'],
  ])('%s is refused, and its field is named', async (_, body, path, words) => {
    const answer = await call('PUT', '/branding', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining(words) }]);
  });
});

it('an app has looks of its own', async () => {
  const { body } = await call('POST', '/apps', { name: 'Notes', type: 'service' });
  world.remember(String(body.client_secret));
  const path = `/apps/${body.client_id}/branding`;
  expect((await call('PUT', path, { accent: '#1f4e5f' })).status).toBe(200);
  expect((await call('GET', path)).body).toMatchObject({ accent: '#1f4e5f', version: 1 });
  expect((await call('PUT', '/apps/app_none/branding', {})).status).toBe(404);
  const events = await call('GET', `/events?type=branding.changed&app=${body.client_id}`);
  expect(events.body.items).toMatchObject([
    { detail: { changes: { accent: { from: null, to: '#1f4e5f' } } } },
  ]);
});
