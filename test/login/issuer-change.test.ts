import { beforeAll, describe, expect, it } from 'vitest';
import { registerLab } from '../../src/assembly/developer-mode.ts';
import type { RunningLab } from '../../src/lab/lab.ts';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createWorld, type World } from '../support/world.ts';

// A subject names an account within one issuer. If an admin corrects an issuer, identities keep their users.
// If the connection now means another provider, its people do not become those users.

let world: World;
let call: CallAdmin;
let made = 0;

beforeAll(async () => {
  world = await createWorld({ providers: ['salesforce'] });
  call = adminClient(world);
});

const base = 'https://id.example';
const oauth2 = (issuer: string, host = base) => ({
  issuer,
  authorization: `${host}/authorize`,
  token: `${host}/token`,
  userinfo: `${host}/me`,
  api: `${host}/api`,
});
const secret = { client_secret: 'entered-again' };

async function connect(body: object): Promise<string> {
  const alias = `moving-${++made}`;
  const { status, text } = await call('POST', '/connections', { alias, client_id: 'us', ...secret, ...body });
  expect(status, text).toBe(201);
  return alias;
}

async function arrivalAt(alias: string, subject: string) {
  const connection = await world.broker.connections.findNow(alias);
  if (!connection) throw new Error(`no ${alias}`);
  const nothing = { alternates: {}, name: undefined, picture: undefined, email: undefined };
  return { connection, account: { ...nothing, subject, emailVerified: false }, tokens: undefined };
}

async function settle(alias: string, subject: string): Promise<string> {
  return (await world.broker.identities.findOrCreate(await arrivalAt(alias, subject))).userId;
}

const patch = (alias: string, body: object) =>
  call('PATCH', `/connections/${alias}`, { ...secret, reason: 'it has moved', ...body });

async function told(alias: string) {
  const where = { type: 'connection.issuer_changed', connection: alias };
  const rows = await world.database.prisma.auditEvent.findMany({ where, orderBy: { at: 'asc' } });
  return rows.map(({ detail }) => detail);
}

async function issuersOf(alias: string): Promise<readonly string[]> {
  const connection = await world.broker.connections.findNow(alias);
  const where = { connectionId: connection?.id ?? '' };
  const rows = await world.database.prisma.identity.findMany({ where, orderBy: { linkedAt: 'asc' } });
  return rows.map(({ issuer }) => issuer);
}

describe('a corrected issuer with the same endpoints', () => {
  it('keeps its identities, and records the change', async () => {
    const alias = await connect({ provider: 'oauth2', endpoints: oauth2(base) });
    const [mo, lin] = [await settle(alias, 'mo'), await settle(alias, 'lin')];
    const to = `${base}/realms/main`;
    expect((await patch(alias, { endpoints: oauth2(to) })).status).toBe(200);
    expect([await settle(alias, 'mo'), await settle(alias, 'lin')]).toEqual([mo, lin]);
    expect(await issuersOf(alias)).toEqual([to, to]);
    expect(await told(alias)).toEqual([{ from: base, to, identities: 2, moved: 2 }]);
  });

  it('keeps a person who signed in meanwhile', async () => {
    const alias = await connect({ provider: 'oauth2', endpoints: oauth2(base) });
    const mo = await settle(alias, 'mo');
    const underWay = await arrivalAt(alias, 'mo');
    await patch(alias, { endpoints: oauth2(`${base}/2`) });
    expect((await world.broker.identities.findOrCreate(underWay)).userId).toBe(mo);
    const linking = await patch(alias, { endpoints: oauth2(`${base}/3`) });
    expect(linking.status).toBe(200);
    expect((await world.broker.identities.link(mo, underWay)).userId).toBe(mo);
    expect(await issuersOf(alias)).toEqual([`${base}/3`]);
  });

  it('moves no identity onto an account that belongs to another user by now', async () => {
    const alias = await connect({ provider: 'oauth2', endpoints: oauth2(base) });
    const first = await settle(alias, 'mo');
    await patch(alias, { endpoints: oauth2(`${base}/b`), move_identities: false });
    const second = await settle(alias, 'mo');
    expect(second).not.toBe(first);
    await patch(alias, { endpoints: oauth2(base) });
    expect(await settle(alias, 'mo')).toBe(first);
    expect(await told(alias)).toMatchObject([
      { identities: 1, moved: 0 },
      { identities: 1, moved: 0 },
    ]);
  });

  it('needs no decision if no person has signed in', async () => {
    const alias = await connect({ provider: 'oauth2', endpoints: oauth2(base) });
    const { status } = await patch(alias, { endpoints: oauth2('https://o.example', 'https://o.example') });
    expect(status).toBe(200);
  });
});

describe('an issuer that changes together with the endpoints', () => {
  const elsewhere = oauth2('https://new.example', 'https://new.example');

  it('is refused until the admin decides', async () => {
    const alias = await connect({ provider: 'oauth2', endpoints: oauth2(base) });
    const mo = await settle(alias, 'mo');
    const refused = await patch(alias, { endpoints: elsewhere });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'conflict', identities: 1, issuer: { from: base, to: 'https://new.example' } },
    });
    expect(refused.body.detail).toContain('move_identities');
    expect((await call('GET', `/connections/${alias}`)).body.endpoints).toEqual(oauth2(base));
    expect(await told(alias)).toEqual([]);
    expect((await patch(alias, { endpoints: elsewhere, move_identities: true })).status).toBe(200);
    expect(await settle(alias, 'mo')).toBe(mo);
    expect(await told(alias)).toMatchObject([{ identities: 1, moved: 1 }]);
  });

  it('creates new users if it is another provider', async () => {
    const alias = await connect({ provider: 'oauth2', endpoints: oauth2(base) });
    const mo = await settle(alias, 'mo');
    expect((await patch(alias, { endpoints: elsewhere, move_identities: false })).status).toBe(200);
    expect(await settle(alias, 'mo')).not.toBe(mo);
    expect(await told(alias)).toMatchObject([{ identities: 1, moved: 0 }]);
  });

  it('may follow from options too', async () => {
    const alias = await connect({ provider: 'salesforce', options: {} });
    const mo = await settle(alias, 'mo');
    const options = { domain: 'acme.my.salesforce.com' };
    const refused = await patch(alias, { options });
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect((await patch(alias, { options, move_identities: true })).status).toBe(200);
    expect(await settle(alias, 'mo')).toBe(mo);
  });
});

it('the simulated providers keep their identities at another port', async () => {
  const own = world.lab.connections().filter(({ name }) => name === 'gitlab');
  const mo = await settle('gitlab', '42');
  const moved = own.map((one) => ({
    ...one,
    endpoints: Object.fromEntries(
      Object.entries(one.endpoints).map(([name, address]) => [name, address.replace(/:\d+/, ':9')]),
    ),
  }));
  await registerLab(world.broker, { ...world.lab, connections: () => moved } as RunningLab);
  expect(await settle('gitlab', '42')).toBe(mo);
  await registerLab(world.broker, world.lab);
  expect(await settle('gitlab', '42')).toBe(mo);
});

describe('a GitHub Enterprise Server', () => {
  const server = (host: string) => ({
    authorization: `${host}/login/oauth/authorize`,
    token: `${host}/login/oauth/access_token`,
    api: `${host}/api/v3`,
  });
  const keptBefore = (alias: string) =>
    world.database.pool.query(
      `UPDATE identity SET issuer = 'https://github.com/login/oauth'
       WHERE connection_id = (SELECT id FROM connection WHERE alias = $1)`,
      [alias],
    );

  it('has an issuer of its own, and keeps identities that the previous version stored under github.com', async () => {
    const alias = await connect({ provider: 'github', endpoints: server('https://git.example') });
    const mo = await settle(alias, '42');
    expect(await issuersOf(alias)).toEqual(['https://git.example/login/oauth']);
    await keptBefore(alias);
    await world.adopt();
    expect(await settle(alias, '42')).toBe(mo);
    expect((await world.broker.identities.link(mo, await arrivalAt(alias, '42'))).userId).toBe(mo);
    const issuer = 'https://git.example/login/oauth';
    await patch(alias, { endpoints: { ...server('https://git.example'), issuer } });
    expect(await settle(alias, '42')).toBe(mo);
  });

  it('that becomes another server does not share its identities', async () => {
    const alias = await connect({ provider: 'github', endpoints: server('https://git.example') });
    const mo = await settle(alias, '42');
    await keptBefore(alias);
    await world.adopt();
    expect((await patch(alias, { endpoints: server('https://other.example') })).status).toBe(409);
    await patch(alias, { endpoints: server('https://other.example'), move_identities: false });
    expect(await settle(alias, '42')).not.toBe(mo);
  });
});
