import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';
import pg from 'pg';

// oidc-provider as its manual shows it, configured for the same job, with one table and one statement per
// operation. It has no revocation or introspection of JWTs, no grace for a lost refresh, no audit and no
// policy; ids and secrets are stored as plain text.

const [, , url = '', port = '0', issuer = ''] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 20 });

class PostgresAdapter implements Adapter {
  readonly #type: string;

  constructor(type: string) {
    this.#type = type;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    await pool.query({
      name: 'upsert',
      text: `INSERT INTO bench_oidc (type, id, payload, grant_id, expires_at)
             VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
             ON CONFLICT (type, id) DO UPDATE SET payload = $3, grant_id = $4, expires_at = now() + make_interval(secs => $5)`,
      values: [this.#type, id, JSON.stringify(payload), payload.grantId ?? null, expiresIn],
    });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const { rows } = await pool.query<{ payload: AdapterPayload; consumed: number | null }>({
      name: 'find',
      text: `SELECT payload, extract(epoch FROM consumed_at)::int AS consumed FROM bench_oidc WHERE type = $1 AND id = $2`,
      values: [this.#type, id],
    });
    const [row] = rows;
    return row && { ...row.payload, ...(row.consumed !== null && { consumed: row.consumed }) };
  }

  async consume(id: string): Promise<void> {
    await pool.query({
      name: 'consume',
      text: 'UPDATE bench_oidc SET consumed_at = now() WHERE type = $1 AND id = $2',
      values: [this.#type, id],
    });
  }

  async destroy(id: string): Promise<void> {
    await pool.query('DELETE FROM bench_oidc WHERE type = $1 AND id = $2', [this.#type, id]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await pool.query('DELETE FROM bench_oidc WHERE grant_id = $1', [grantId]);
  }

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}
}

const keys = await Promise.all(
  ['RS256', 'ES256'].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg };
  }),
);

const provider = new Provider(issuer, {
  adapter: PostgresAdapter,
  clientDefaults: { id_token_signed_response_alg: 'RS256' },
  claims: { openid: ['sub'], profile: ['name', 'picture', 'updated_at'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['bench'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => ({
        audience: resource,
        scope: 'openid profile email offline_access read',
        accessTokenFormat: resource.includes('opaque') ? 'opaque' : 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: resource.includes('es256') ? 'ES256' : 'RS256' } },
      }),
    },
  },
  async findAccount(_ctx, id) {
    const { rows } = await pool.query({
      name: 'account',
      text: `SELECT u.id, u.name, u.picture, i.email, i.email_verified FROM "user" u JOIN identity i ON i.user_id = u.id
             WHERE u.id = $1 LIMIT 1`,
      values: [id],
    });
    const [
      { name, picture, email, email_verified } = {
        name: null,
        picture: null,
        email: null,
        email_verified: false,
      },
    ] = rows;
    return {
      accountId: id,
      claims: () => ({ sub: id, name, picture, updated_at: 1, email, email_verified }),
    };
  },
  jwks: { keys },
  pkce: { required: () => true },
  responseTypes: ['code'],
  rotateRefreshToken: true,
  routes: {
    authorization: '/authorize',
    token: '/oauth/token',
    introspection: '/oauth/introspect',
    userinfo: '/userinfo',
  },
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  ttl: { AccessToken: 3600, ClientCredentials: 3600, Grant: 86_400, IdToken: 3600, RefreshToken: 86_400 },
});
provider.proxy = true;
const handle = provider.callback();
createServer((request, response) => {
  if (request.url?.startsWith('/interaction/')) void believe(request, response);
  else void handle(request, response);
}).listen(Number(port), '127.0.0.1');

/** Signs in the person that the request names, and grants all that it asks for. */
async function believe(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = String(params.login_hint);
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope));
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

// Node writes the profile only when the process exits normally.
process.on('SIGTERM', () => process.exit(0));
