import pg from 'pg';
import { createBroker } from '../src/assembly/broker.ts';
import { openRowTags } from '../src/assembly/row-tags.ts';
import { createArtifactStore } from '../src/issuance/artifacts/artifact-store.ts';
import { systemClock } from '../src/kit/clock.ts';
import { createDatabase } from '../src/kit/database/database.ts';
import { hashOf, newSecret } from '../src/kit/ids.ts';
import { createKeyring } from '../src/kit/keys/keyring.ts';
import { createLog } from '../src/kit/log.ts';
import { Secret } from '../src/kit/secret.ts';
import type { Postgres } from './servers.ts';

/** The data of both servers: one app, its APIs, and people who have signed in. */
export interface IssuanceSeed {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly people: readonly SeededPerson[];
}

export interface SeededPerson {
  readonly refreshToken: string;
  /** A token for the floor's userinfo endpoint, which accepts no token with an audience. */
  readonly opaqueToken: string;
}

export const resources = {
  rs256: 'https://rs256.example',
  es256: 'https://es256.example',
  opaque: 'https://opaque.example',
};

export async function seedIssuance(
  { databaseUrl, directory }: Postgres,
  { issuer, key, people: count }: { readonly issuer: string; readonly key: Buffer; readonly people: number },
): Promise<IssuanceSeed> {
  const database = createDatabase({ url: databaseUrl, poolSize: 10 });
  const keyring = createKeyring([{ id: 'bench', key }]);
  const rowTags = await openRowTags({ database, keyring });
  const broker = await createBroker({
    issuer,
    trustedProxyHops: 0,
    allowLoopbackHosts: false,
    allowedPrivateHosts: [],
    adminApiToken: undefined,
    spillDirectory: directory,
    database,
    keyring,
    rowTags,
    clock: systemClock,
    log: createLog('silent'),
  });
  for (const [name, identifier] of Object.entries(resources)) {
    await broker.issuance.apis.create({
      identifier,
      name,
      scopes: [{ name: 'read', description: 'Read' }],
      signingAlg: name === 'es256' ? 'ES256' : 'RS256',
      accessTokenFormat: name === 'opaque' ? 'opaque' : 'jwt',
    });
  }
  const { app, clientSecret } = await broker.issuance.apps.create({
    name: 'Bench',
    type: 'web',
    redirectUris: ['https://app.example/callback'],
    apis: Object.values(resources),
  });
  const secret = clientSecret?.reveal() ?? '';
  const floor = await floorTable(databaseUrl);
  await floor.put('Client', app.id, {
    client_id: app.id,
    client_secret: secret,
    redirect_uris: ['https://app.example/callback'],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_method: 'client_secret_basic',
  });

  const artifacts = createArtifactStore(database, rowTags);
  const people: SeededPerson[] = [];
  for (let at = 0; at < count; at += 1) {
    const userId = await newPerson(broker, at);
    const person = { refreshToken: newSecret(), opaqueToken: newSecret() };
    const payloads = payloadsOf({ issuer, clientId: app.id, userId, ...person });
    for (const { kind, id, payload } of payloads) {
      await floor.put(kind, id, { ...payload, kind, jti: id });
      const { grantId = id } = payload;
      await artifacts.put(kind, id, {
        payload: JSON.stringify({ ...payload, kind }),
        grantId,
        uid: null,
        accountId: userId,
        clientId: app.id,
        expiresAt: new Date(payload.exp * 1000),
      });
    }
    people.push(person);
  }
  await floor.close();
  await database.pool.query('VACUUM ANALYZE');
  await broker.close();
  await database.close();
  return { clientId: app.id, clientSecret: secret, people };
}

async function newPerson(
  { connections, identities }: Awaited<ReturnType<typeof createBroker>>,
  at: number,
): Promise<string> {
  const connection =
    (await connections.find('google')) ??
    (await connections.create({
      alias: 'google',
      provider: 'google',
      client_id: 'bench',
      client_secret: 'bench-secret',
      endpoints: {},
      scopes: [],
      enabled: true,
      for: 'login',
    }));
  const { userId } = await identities.findOrCreate({
    connection,
    account: {
      subject: `1157${String(at).padStart(17, '0')}`,
      alternates: {},
      name: `Person ${at}`,
      picture: 'https://lh3.example/photo.jpg',
      email: `person${at}@mail.example`,
      emailVerified: true,
    },
    tokens: {
      accessToken: new Secret(newSecret()),
      refreshToken: undefined,
      expiresIn: 3600,
      refreshExpiresIn: undefined,
      scopes: [],
      parameters: {},
      extra: {},
    },
  });
  return userId;
}

/** The rows that a sign-in leaves in the table, as oidc-provider writes them. */
function payloadsOf(of: {
  readonly issuer: string;
  readonly clientId: string;
  readonly userId: string;
  readonly refreshToken: string;
  readonly opaqueToken: string;
}) {
  const { issuer, clientId, userId: accountId } = of;
  const scope = 'openid profile email offline_access';
  const iat = Math.floor(systemClock.now().getTime() / 1000);
  const grantId = newSecret();
  const times = { iat, exp: iat + 86_400 };
  const shared = { ...times, accountId, clientId, grantId, gty: 'authorization_code', scope };
  const refresh = { ...shared, iiat: iat, authTime: iat, rotations: 0, resource: `${issuer}/v1` };
  const grant = { ...times, accountId, clientId, openid: { scope }, resources: { [`${issuer}/v1`]: scope } };
  return [
    { kind: 'Grant', id: grantId, payload: { ...grant, grantId: undefined } },
    { kind: 'RefreshToken', id: of.refreshToken, payload: { ...refresh, sessionUid: hashOf(grantId) } },
    { kind: 'AccessToken', id: of.opaqueToken, payload: shared },
  ];
}

export async function floorTable(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`CREATE TABLE bench_oidc (
    type text, id text, payload jsonb NOT NULL, grant_id text, consumed_at timestamptz, expires_at timestamptz,
    PRIMARY KEY (type, id))`);
  await client.query('CREATE INDEX ON bench_oidc (grant_id)');
  return {
    async put(type: string, id: string, payload: object): Promise<void> {
      const grantId = 'grantId' in payload ? payload.grantId : null;
      const values = [type, id, JSON.stringify(payload), grantId];
      await client.query(
        "INSERT INTO bench_oidc VALUES ($1, $2, $3, $4, NULL, now() + interval '1 day')",
        values,
      );
    },
    close: () => client.end(),
  };
}
