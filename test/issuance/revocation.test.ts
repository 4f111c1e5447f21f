import { connect, createServer, type Socket } from 'node:net';
import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenFormat } from '../../src/issuance/registry/app.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { atEnd } from '../support/at-end.ts';
import type { TestDatabase } from '../support/database.ts';
import { connectionOf } from './support/counted-pool.ts';
import { post, type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { arrivedCode, offline, refreshForm } from './support/token-endpoint.ts';

// Two processes on one database. A token revoked at one process is invalid at the other within five seconds,
// and introspection reports it at once.

const bound = { timeout: 5_000, interval: 50 };

let here: Room;
let there: Room;
let elsewhere: TestDatabase;

beforeAll(async () => {
  here = await openRoom();
  elsewhere = databaseOf(here.database.url);
  there = await openRoom({ database: elsewhere, issuer: here.issuer });
});

function databaseOf(url: string, directUrl = url): TestDatabase {
  const database = createDatabase({ url, directUrl, poolSize: 5 });
  atEnd(() => database.close());
  return { ...database, url };
}

/** Sends an access token to the other process's own endpoints. */
async function acceptedBy({ issuance, address, issuer }: Room, token: string) {
  const api = await issuance.verifyAccessToken(token, `${issuer}/v1`).then(
    () => true,
    () => false,
  );
  const { status } = await fetch(`${address}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  return { api, userinfo: status === 200 };
}

const accepted = { api: true, userinfo: true };
const refused = { api: false, userinfo: false };

interface Case {
  readonly app: RelyingApp;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** The form that redeemed the code. */
  readonly redeemed: Record<string, string>;
}

interface Ending {
  readonly scope?: string;
  /** The refresh token still works. */
  readonly refreshes?: true;
  readonly end: (about: Case) => Promise<unknown>;
}

const endings: Record<string, Ending> = {
  'a token': {
    refreshes: true,
    end: ({ app, accessToken }) => client.tokenRevocation(app.config, accessToken),
  },
  'a grant, by its refresh token': {
    end: ({ app, refreshToken = '' }) => client.tokenRevocation(app.config, refreshToken),
  },
  'the permission of an app': { end: ({ app }) => here.issuance.withdrawConsent('usr_lin', app.id) },
  'an app, switched off': { end: ({ app }) => here.issuance.apps.update(app.id, { enabled: false }) },
  'an app, removed': { end: ({ app }) => here.issuance.apps.remove(app.id) },
  'every session of a person': { scope: 'openid', end: () => here.issuance.signOut('usr_lin') },
  'a person, disabled': { end: () => here.issuance.revokeUser('usr_lin') },
  'a person, deleted': { end: () => here.issuance.eraseUser('usr_lin') },
  'a code that comes again': {
    async end({ redeemed }) {
      expect(await post(`${here.issuer}/oauth/token`, redeemed)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    },
  },
};

const cases = Object.keys(endings).flatMap((name) =>
  (['jwt', 'opaque'] as const).map((format) => [name, format] as const),
);

async function issue(format: TokenFormat, scope = offline.scope): Promise<Case> {
  const app = await registerApp(here, { accessTokenFormat: format, firstParty: true });
  const redeemed = await arrivedCode(app, (url) => url.searchParams.set('scope', scope));
  const { body } = await post(`${here.issuer}/oauth/token`, redeemed);
  const refreshToken = body.refresh_token === undefined ? undefined : String(body.refresh_token);
  return { app, redeemed, accessToken: String(body.access_token), refreshToken };
}

describe('a revocation at one process is effective at the other', () => {
  it.each(cases)('%s (%s)', async (name, format) => {
    const { scope, refreshes = false, end } = endings[name] ?? { end: async () => undefined };
    const guard = await registerApp(here, {
      type: 'service',
      redirectUris: [],
      introspects: [`${here.issuer}/v1`],
    });
    const about = await issue(format, scope);
    const introspected = async () =>
      (
        await post(`${there.address}/oauth/introspect`, {
          token: about.accessToken,
          client_id: guard.id,
          client_secret: guard.secret ?? '',
        })
      ).body;
    expect(await acceptedBy(there, about.accessToken)).toEqual(accepted);
    expect(await introspected()).toMatchObject({ active: true, client_id: about.app.id });

    await end(about);
    expect(await introspected()).toEqual({ active: false });
    expect(await acceptedBy(here, about.accessToken)).toEqual(refused);
    await expect.poll(() => acceptedBy(there, about.accessToken), bound).toEqual(refused);
    if (about.refreshToken === undefined) return;
    const refreshed = await post(`${there.address}/oauth/token`, refreshForm(about.refreshToken, about.app));
    expect(refreshed.status === 200).toBe(refreshes);
  });
});

describe('a revoked grant is kept', () => {
  const keptFor = async (grantId: string) => {
    const { rows } = await here.database.pool.query<{ hours: number }>(
      `SELECT round(extract(epoch FROM until - now()) / 3600)::int AS hours FROM revocation WHERE value = $1`,
      [grantId],
    );
    return rows[0]?.hours;
  };
  const revokedNow = async () => {
    const { app, refreshToken = '' } = await issue('jwt');
    const grant = await here.database.prisma.artifact.findFirstOrThrow({
      where: { kind: 'Grant', clientId: app.id },
    });
    await client.tokenRevocation(app.config, refreshToken);
    return await keptFor(grant.grantId ?? '');
  };

  it('for an hour more than the longest access token that there can be', async () => {
    expect(await revokedNow()).toBe(2);
    const api = await here.issuance.apis.create({
      name: 'Slow',
      identifier: 'https://slow.example',
      accessTokenLifetime: 600,
      browserAccessTokenLifetime: 10 * 3600,
    });
    expect(await revokedNow()).toBe(11);
    const { id } = await registerApp(here, { accessTokenLifetime: 20 * 3600 });
    expect(await revokedNow()).toBe(21);
    // Tokens from before a change outlive it.
    await here.issuance.apps.update(id, { accessTokenLifetime: 60 });
    await here.issuance.apis.remove(api.id);
    expect(await revokedNow()).toBe(21);
    const end = `UPDATE token_end SET at = at - interval '20 hours'`;
    await here.database.pool.query(end);
    expect(await revokedNow()).toBe(2);
  });
});

it('needs no database query while nothing is revoked', async () => {
  const { accessToken } = await issue('jwt');
  // The first check reads what the app and the API demand of their tokens, which a cache keeps.
  await there.issuance.verifyAccessToken(accessToken, `${here.issuer}/v1`);
  const counted = connectionOf(elsewhere);
  for (let times = 0; times < 100; times += 1) {
    await there.issuance.verifyAccessToken(accessToken, `${here.issuer}/v1`);
  }
  expect(counted.queries()).toBe(0);
});

it('arrives within five seconds even if the listening connection was lost silently', async () => {
  const wire = await cuttableWire(elsewhere.url);
  const deaf = await openRoom({ database: databaseOf(elsewhere.url, wire.url), issuer: here.issuer });
  const { app, accessToken } = await issue('jwt');
  expect(await acceptedBy(deaf, accessToken)).toEqual(accepted);
  wire.silence();
  await client.tokenRevocation(app.config, accessToken);
  expect(await acceptedBy(deaf, accessToken)).toEqual(accepted);
  await expect.poll(() => acceptedBy(deaf, accessToken), bound).toEqual(refused);
});

/** A relay to PostgreSQL that can drop its connections silently, as a firewall does, and accepts new ones. */
async function cuttableWire(to: string) {
  const target = new URL(to);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('data', (bytes) => void (open.has(one) && other.write(bytes)));
      one.on('error', () => undefined);
    }
    // The broker closes its own end; the server never notices.
    near.on('close', () => void (open.has(far) && far.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  atEnd(() => server.close());
  const url = new URL(to);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return { url: url.href, silence: () => open.clear() };
}
