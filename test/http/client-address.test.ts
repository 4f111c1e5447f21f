import { describe, expect, it } from 'vitest';
import { clientAddress, keptAddress, keptSpellings } from '../../src/http/client-address.ts';
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

describe('the kept part of an address', () => {
  it('is the address, its network of 24 or 48 bits, or nothing', () => {
    expect(keptAddress('203.0.113.77', 'full')).toBe('203.0.113.77');
    expect(keptAddress('203.0.113.77', 'prefix')).toBe('203.0.113.0/24');
    expect(keptAddress('2001:db8:aaaa:bbbb::1', 'prefix')).toBe('2001:db8:aaaa::/48');
    expect(keptAddress('203.0.113.77', 'none')).toBeUndefined();
    expect(keptAddress(undefined, 'full')).toBeUndefined();
  });

  it('is found by the address and by the network', () => {
    expect(keptSpellings('203.0.113.77')).toEqual(['203.0.113.77', '203.0.113.0/24']);
    expect(keptSpellings('203.0.113.0/24')).toEqual(['203.0.113.0/24']);
    expect(keptSpellings('2001:DB8:AAAA:bbbb::1')).toEqual(['2001:db8:aaaa:bbbb::1', '2001:db8:aaaa::/48']);
    // Other networks are never kept, so a search for them would find nothing.
    for (const odd of ['203.0.113.0/16', '203.0.113.7/24', '203.0.113', 'home', ''])
      expect([odd, keptSpellings(odd)]).toEqual([odd, []]);
  });

  it('leaves no address in events where the deployment wants the network alone', async () => {
    const world = await createWorld({ auditAddresses: 'prefix' });
    const call = adminClient(world);
    await call('POST', '/apps', { name: 'One', type: 'service' });
    const [event] = itemsOf(await call('GET', '/events?type=app.created&address=127.0.0.1'));
    expect(event?.address).toBe('127.0.0.0/24');
    expect(world.logged()).not.toContain('"127.0.0.1"');
  });
});
