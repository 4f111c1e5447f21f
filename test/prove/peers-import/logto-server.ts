import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { createServer } from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { generate } from 'selfsigned';
import { redirectHosts } from '../kms-packages.ts';
import { configOf, logtoConnectors } from './logto-connectors.ts';
import { atLab, providers } from './providers.ts';

// The process of a Logto. Its connectors are the packages as npm has them: they speak to the providers' own hosts over
// TLS, which this process sends to the lab. Its core is not on npm, so this file writes the rows that core 1.42 writes:
// `identities` of `users`, and the secret vault as in `utils/secret-encryption.ts`.

export interface LogtoSettings {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly lab: string;
  readonly redirectUri: string;
  readonly clients: readonly {
    readonly name: string;
    readonly clientId: string;
    readonly clientSecret: string;
  }[];
  /** SECRET_VAULT_KEK; undefined: the connectors store no tokens. */
  readonly kek: string | undefined;
}

/** A person who signs in; with `userId`, an account is added. `refresh`: an app asks for the person's token instead. */
export interface LogtoAsk {
  readonly ask: number;
  readonly refresh?: true;
  readonly provider: string;
  readonly person: string;
  readonly userId?: string | undefined;
}

interface UserInfo {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly avatar?: string;
}
type Tokens = Readonly<Record<string, string | number | undefined>>;
type Session = (...session: readonly unknown[]) => Promise<unknown>;
interface Connector {
  readonly metadata: { readonly target: string; readonly isTokenStorageSupported?: boolean };
  getAuthorizationUri(ask: unknown, setSession: Session): Promise<string>;
  getUserInfo(data: unknown, getSession: Session): Promise<UserInfo>;
  getTokenResponseAndUserInfo?(
    data: unknown,
    getSession: Session,
  ): Promise<{ readonly userInfo: UserInfo; readonly tokenResponse?: Tokens }>;
  getAccessTokenByRefreshToken?(refreshToken: string): Promise<Tokens>;
}

const settings: LogtoSettings = JSON.parse(process.env.PEER ?? '{}');
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 2 });

/** Serves the providers' hosts over TLS, and passes each request on to the lab. */
async function playHosts(): Promise<void> {
  const hosts = providers.flatMap((provider) => provider.hosts);
  const altNames = hosts.map((value) => ({ type: 2 as const, value }));
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'lab' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cert]);
  const server = createServer({ key, cert }, async (request, response) => {
    const own = `https://${request.headers.host}`;
    const url = atLab(new URL(request.url ?? '/', own), settings.lab);
    const { host, connection, 'content-length': _, 'transfer-encoding': __, ...headers } = request.headers;
    const asked = await text(request);
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(asked !== '' && { body: asked }),
    });
    const base = url.href.slice(0, url.href.indexOf('/', settings.lab.length + 1));
    const told = (await answer.text()).replaceAll(url.pathname.includes('/.well-known/') ? base : '\0', own);
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(told);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  redirectHosts((host) => hosts.includes(host), typeof address === 'object' ? (address?.port ?? 0) : 0);
}

async function connectorOf(provider: string): Promise<Connector> {
  const { name = '' } = logtoConnectors.find((one) => one.provider === provider) ?? {};
  const file = path.join(settings.folder, `node_modules/@logto/connector-${name}/lib/index.js`);
  const client = settings.clients.find((one) => one.name === provider);
  const { default: create } = await import(pathToFileURL(file).href);
  return await create({ getConfig: async () => configOf(provider, client, settings.lab) });
}

/** Signs a person in by the connector, and writes the rows. Returns the user's id. */
async function signIn({ provider, person, userId }: LogtoAsk): Promise<string> {
  const connector = await connectorOf(provider);
  let session: unknown = {};
  const setSession: Session = async (next) => {
    session = next;
  };
  const getSession: Session = async () => session;
  const { redirectUri } = settings;
  const state = randomBytes(12).toString('hex');
  const uri = await connector.getAuthorizationUri({ state, redirectUri, headers: {} }, setSession);
  const url = atLab(uri, settings.lab);
  url.searchParams.set('lab_user', person);
  url.searchParams.set('lab_auto', '1');
  const answer = await fetch(url, { redirect: 'manual' });
  const location = answer.headers.get('location');
  if (!location) throw new Error(`the lab answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  const data = { ...Object.fromEntries(new URL(location).searchParams), redirectUri };
  const { target, isTokenStorageSupported } = connector.metadata;
  const storing = settings.kek !== undefined && isTokenStorageSupported;
  const taken =
    storing && connector.getTokenResponseAndUserInfo
      ? await connector.getTokenResponseAndUserInfo(data, getSession)
      : { userInfo: await connector.getUserInfo(data, getSession) };
  const id = await writeUser(taken.userInfo, target, userId);
  const tokens: Tokens | undefined = 'tokenResponse' in taken ? taken.tokenResponse : undefined;
  if (tokens?.access_token)
    await writeSecret(id, tokens, { provider, target, identityId: taken.userInfo.id });
  return id;
}

const standardId = (length: number) =>
  Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[randomInt(36)]).join('');

async function writeUser(userInfo: UserInfo, target: string, known: string | undefined): Promise<string> {
  const identity = { [target]: { userId: userInfo.id, details: userInfo } };
  const found = await pool.query<{ id: string }>(
    `SELECT id FROM users WHERE tenant_id = 'default' AND identities -> $1 ->> 'userId' = $2`,
    [target, userInfo.id],
  );
  const id = known ?? found.rows[0]?.id;
  if (id === undefined) {
    const { name, avatar, email } = userInfo;
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO users (tenant_id, id, name, avatar, primary_email, identities, last_sign_in_at)
        VALUES ('default', $1, $2, $3, (SELECT $4::text WHERE NOT EXISTS
          (SELECT FROM users WHERE primary_email = $4)), $5, now()) RETURNING id`,
      [standardId(12), name ?? null, avatar ?? null, email ?? null, identity],
    );
    return rows[0]?.id ?? '';
  }
  await pool.query(
    'UPDATE users SET identities = identities || $2::jsonb, last_sign_in_at = now() WHERE id = $1',
    [id, identity],
  );
  return id;
}

function sealed(key: Buffer, plain: Buffer): { iv: Buffer; text: Buffer; tag: Buffer } {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { iv, text: ciphertext, tag: cipher.getAuthTag() };
}

interface Owner {
  readonly provider: string;
  readonly target: string;
  readonly identityId: string;
}

/** The sets as they were stored last, by user and provider. */
const stored = new Map<string, { readonly tokens: Tokens; readonly owner: Owner }>();

/** Refreshes a stored set, as for an app that asks for the token. */
async function refresh({ provider, userId = '' }: LogtoAsk): Promise<string> {
  const { tokens, owner } = stored.get(`${userId} ${provider}`) ?? {};
  if (!tokens?.refresh_token || !owner) return userId;
  const { getAccessTokenByRefreshToken } = await connectorOf(provider);
  const fresh = await getAccessTokenByRefreshToken?.(String(tokens.refresh_token));
  if (!fresh?.access_token) throw new Error(`${provider}: no refresh`);
  await writeSecret(userId, { refresh_token: tokens.refresh_token, ...fresh }, owner);
  return userId;
}

async function writeSecret(userId: string, tokens: Tokens, owner: Owner): Promise<void> {
  stored.set(`${userId} ${owner.provider}`, { tokens, owner });
  const { access_token, id_token, refresh_token, scope, token_type: tokenType, expires_in } = tokens;
  const expiresAt = expires_in && Math.floor(Date.now() / 1000) + Number(expires_in);
  const dek = randomBytes(32);
  const set = { access_token, ...(id_token && { id_token }), ...(refresh_token && { refresh_token }) };
  const secret = sealed(dek, Buffer.from(JSON.stringify(set)));
  const wrapped = sealed(Buffer.from(settings.kek ?? '', 'base64'), dek);
  const metadata = {
    hasRefreshToken: Boolean(refresh_token),
    ...(scope && { scope }),
    ...(tokenType && { tokenType }),
    ...(expiresAt && { expiresAt }),
  };
  const id = standardId(21);
  const encryptedDek = Buffer.concat([wrapped.iv, wrapped.text, wrapped.tag]);
  await pool.query(
    `DELETE FROM secrets USING secret_social_connector_relations r
      WHERE secrets.id = r.secret_id AND secrets.user_id = $1 AND r.target = $2`,
    [userId, owner.target],
  );
  await pool.query(
    `INSERT INTO secrets (tenant_id, id, user_id, type, encrypted_dek, iv, auth_tag, ciphertext, metadata)
      VALUES ('default', $1, $2, 'federated_token_set', $3, $4, $5, $6, $7)`,
    [id, userId, encryptedDek, secret.iv, secret.tag, secret.text, metadata],
  );
  await pool.query(
    `INSERT INTO secret_social_connector_relations (tenant_id, secret_id, connector_id, target, identity_id)
      VALUES ('default', $1, $2, $3, $4)`,
    [id, owner.provider, owner.target, owner.identityId],
  );
}

await playHosts();
for (const { provider, name } of logtoConnectors)
  await pool.query(
    `INSERT INTO connectors (tenant_id, id, connector_id, enable_token_storage) VALUES ('default', $1, $2, $3)`,
    [provider, name, settings.kek !== undefined],
  );
process.on('message', (ask: LogtoAsk) => {
  (ask.refresh ? refresh(ask) : signIn(ask)).then(
    (userId) => process.send?.({ ask: ask.ask, userId }),
    (error) => process.send?.({ ask: ask.ask, error: String(error?.stack ?? error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
