import { createPrivateKey, sign as signBytes } from 'node:crypto';
import { createBroker } from '../src/assembly/broker.ts';
import { createSigningKeyStore } from '../src/issuance/keys/signing-key-store.ts';
import { createSigningKeys } from '../src/issuance/keys/signing-keys.ts';
import { connectionsClaim } from '../src/issuance/tokens/claims.ts';
import { systemClock } from '../src/kit/clock.ts';
import { createDatabase } from '../src/kit/database/database.ts';
import { newSecret } from '../src/kit/ids.ts';
import { createKeyring, type EncryptionKey } from '../src/kit/keys/keyring.ts';
import { createLog } from '../src/kit/log.ts';
import { Secret } from '../src/kit/secret.ts';
import { createProverKey, type ProverKey } from './prover.ts';

/** One user: the access token to send, and the provider token to expect. */
export interface Person {
  readonly userId: string;
  readonly bearer: string;
  readonly providerToken: string;
  /** The same token bound to a key, and the key, where they were asked for. */
  readonly bound?: { readonly token: string; readonly key: ProverKey };
}

export interface Seed {
  readonly issuer: string;
  readonly alias: string;
  readonly people: readonly Person[];
}

export interface SeedOptions {
  readonly issuer: string;
  readonly databaseUrl: string;
  readonly key: EncryptionKey;
  readonly users: number;
  /** The directory for the broker's spills. */
  readonly directory: string;
  /** The alias of the connection. */
  readonly alias?: string;
  /** Makes bound tokens too. */
  readonly bound?: boolean;
}

/** People who are stored at the same time. */
const atOnce = 32;

/**
 * Creates users with a stored, valid token each, through the rooms themselves, and access tokens signed by
 * the broker's key.
 */
export async function seed(options: SeedOptions): Promise<Seed> {
  const { issuer, databaseUrl, key, users, alias = 'google', bound = false } = options;
  const database = createDatabase({ url: databaseUrl, poolSize: 20 });
  const keyring = createKeyring([key]);
  const broker = await createBroker({
    issuer,
    trustedProxyHops: 0,
    allowLoopbackHosts: false,
    allowedPrivateHosts: [],
    adminApiToken: undefined,
    spillDirectory: options.directory,
    database,
    keyring,
    clock: systemClock,
    log: createLog('silent'),
  });
  const connection = await broker.connections.create({
    alias,
    provider: 'google',
    client_id: 'bench',
    client_secret: 'bench-secret',
    endpoints: {},
    scopes: [],
    enabled: true,
    for: 'login',
  });
  const { app } = await broker.issuance.apps.create({
    name: 'Bench',
    type: 'web',
    redirectUris: ['https://app.example/callback'],
    connections: [{ connection: alias }],
  });
  const keys = await createSigningKeys(createSigningKeyStore(database), keyring, systemClock);
  const sign = signer(keys.privateKeys()[0], {
    issuer,
    alias,
    clientId: app.id,
    connectionId: connection.id,
  });

  const people: Person[] = [];
  for (let at = 0; at < users; at += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, users - at) }, async (_, index) => {
      const providerToken = `ya29.${newSecret()}${newSecret()}${newSecret()}${newSecret()}`;
      const tokens = {
        accessToken: new Secret(providerToken),
        refreshToken: new Secret(`1//${newSecret()}${newSecret()}`),
        expiresIn: 24 * 3600,
        refreshExpiresIn: undefined,
        scopes: ['openid', 'email', 'profile'],
        parameters: {},
        extra: {},
      };
      const subject = `1157${String(at + index).padStart(17, '0')}`;
      const { userId, identityId } = await broker.identities.findOrCreate({
        connection,
        account: {
          subject,
          alternates: {},
          name: `Person ${at + index}`,
          picture: 'https://lh3.example/photo.jpg',
          email: `person${at + index}@mail.example`,
          emailVerified: true,
        },
        tokens,
      });
      await broker.vault.storeTokens({ identityId, userId, subject, connection, tokens });
      const person = { userId, providerToken, bearer: sign(userId) };
      if (!bound) return person;
      const key = await createProverKey();
      return { ...person, bound: { token: sign(userId, { cnf: { jkt: key.jkt } }), key } };
    });
    people.push(...(await Promise.all(some)));
  }
  await database.pool.query('VACUUM ANALYZE');
  await broker.close();
  await database.close();
  return { issuer, alias, people };
}

/**
 * Returns access tokens as the broker issues them: with the contract's claims, its header and its key. A signature takes most of
 * the time of a large seed, and jose's takes longer than Node's.
 */
function signer(
  jwk: ReturnType<Awaited<ReturnType<typeof createSigningKeys>>['privateKeys']>[number] | undefined,
  {
    issuer,
    alias,
    clientId,
    connectionId,
  }: { issuer: string; alias: string; clientId: string; connectionId: string },
) {
  if (!jwk?.kid) throw new Error('the broker has no signing key');
  const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encoded({ alg: 'RS256', typ: 'at+jwt', kid: jwk.kid });
  return (userId: string, claims: object = {}) => {
    const iat = Math.floor(Date.now() / 1000);
    const body = encoded({
      ...claims,
      client_id: clientId,
      scope: `openid profile email offline_access idp:${alias}`,
      grant_id: newSecret(),
      [connectionsClaim]: [connectionId],
      iss: issuer,
      aud: [`${issuer}/v1`, `${issuer}/userinfo`],
      sub: userId,
      jti: newSecret(),
      iat,
      exp: iat + 3600,
    });
    const signed = `${header}.${body}`;
    return `${signed}.${signBytes('sha256', Buffer.from(signed), key).toString('base64url')}`;
  };
}
