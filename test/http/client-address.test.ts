import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../src/http/client-address.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createWorld } from '../support/world.ts';

describe('the client’s address has one spelling', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['192.0.2.7:51234', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.7%x', '192.0.2.7'],
  ])('%s is %s', (ip, address) => {
    expect(clientAddress({ ip })).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    '',
    '192.0.2.300',
    '192.0.2.7:port',
    "192.0.2.7'; --",
    '%',
    '1'.repeat(5_000),
  ])('%s is no address', (ip) => {
    expect(clientAddress({ ip })).toBeUndefined();
  });

  it('a socket that has closed has none', () => {
    expect(clientAddress({ ip: undefined })).toBeUndefined();
  });
});

describe('behind one reverse proxy', async () => {
  const world = await createWorld({ trustedProxyHops: 1 });
  const admin = adminClient(world);

  async function addressOf(forwarded: string): Promise<unknown> {
    const headers = { 'x-forwarded-for': forwarded };
    const made = await admin('POST', '/apps', { name: 'An app', type: 'service' }, headers);
    expect(made.status).toBe(201);
    const [event] = itemsOf(await admin('GET', `/events?type=app.created&app=${made.body.client_id}`));
    return event?.address;
  }

  it('an event has the address that the proxy appended, and none that the client wrote', async () => {
    expect(await addressOf('203.0.113.9, 192.0.2.7')).toBe('192.0.2.7');
  });

  it('an entry that is no address is not stored, and the request is served', async () => {
    expect(await addressOf('203.0.113.9, <script>')).toBeNull();
    expect(await addressOf(`${'9'.repeat(4_000)}`)).toBeNull();
  });
});

it('without a proxy, X-Forwarded-For is not believed', async () => {
  const world = await createWorld();
  const admin = adminClient(world);
  await admin('POST', '/apps', { name: 'An app', type: 'service' }, { 'x-forwarded-for': '203.0.113.9' });
  const [event] = itemsOf(await admin('GET', '/events?type=app.created'));
  expect(event).toMatchObject({ address: '127.0.0.1', actor: { kind: 'bootstrap', id: null } });
  expect(world.logged()).toContain('"address":"127.0.0.1"');
});
