import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { hashOf } from '../../../src/kit/ids.ts';
import type { TheftName } from '../../security/stolen-database-table.ts';
import { attemptsOnTokens } from './attempts-on-tokens.ts';
import type { Stage } from './stage.ts';
import { usesToken } from './uses-token.ts';

/** Returns true if the attempt gave the attacker something. It leaves the database as it was. */
export type Attempt = (stage: Stage) => Promise<boolean>;

// It is the last one: the audit is compared with the entry as this attempt leaves it.
const { olderEntryLater, ...onTokens } = attemptsOnTokens;

const known = randomBytes(32).toString('base64url');

/** The attempts in their order. The last ones need a restart. */
export const attempts: Readonly<Record<TheftName, Attempt>> = {
  async readPeople({ pool, victim }) {
    const { rows } = await pool.query('SELECT name FROM identity WHERE user_id = $1', [victim.userId]);
    return Boolean(rows[0]?.name) && (await dump(pool)).includes(rows[0].name);
  },

  ...onTokens,

  async insertApp(stage) {
    const { id } = await serviceApp(stage);
    await stage.pool.query(
      `INSERT INTO app SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'app_thief', 'secret_hash', $2::text))).*
       FROM app a WHERE id = $1`,
      [id, hashOf(known)],
    );
    await stage.pool.query(
      `INSERT INTO app_connection SELECT (jsonb_populate_record(p, jsonb_build_object('app_id', 'app_thief'))).*
       FROM app_connection p WHERE app_id = $1`,
      [id],
    );
    const gained = await takesInBackground(stage, 'app_thief', known);
    await stage.pool.query(`DELETE FROM app WHERE id = 'app_thief'`);
    return gained;
  },

  async changeSecret(stage) {
    const { id, secret } = await serviceApp(stage);
    if (!(await takesInBackground(stage, id, secret))) throw new Error('the service has no token of its own');
    await stage.pool.query('UPDATE app SET secret_hash = $2 WHERE id = $1', [id, hashOf(known)]);
    await stage.restart();
    return await takesInBackground(stage, id, known);
  },

  async changeRedirect(stage) {
    const { id } = await webApp(stage);
    const own = await stage.call('GET', authorizeUrl(id, 'https://app.example/callback'), '');
    if (own.location === null) throw new Error('the own redirect URI leads nowhere');
    await stage.pool.query(`UPDATE app SET redirect_uris = '{https://thief.example/cb}' WHERE id = $1`, [id]);
    await stage.restart();
    const { location } = await stage.call('GET', authorizeUrl(id, 'https://thief.example/cb'), '');
    return location !== null;
  },

  async insertPolicy(stage) {
    const { id, secret } = await serviceApp(stage, []);
    await stage.pool.query(
      `INSERT INTO app_connection (app_id, connection_id, scopes, background)
       SELECT $1, id, '{}', true FROM connection WHERE alias = 'strict'`,
      [id],
    );
    await stage.restart();
    return await takesInBackground(stage, id, secret);
  },

  async insertAdminToken(stage) {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const own = { name: 'own', role: 'auditor', expires_at, reason: 'prove' };
    const { body } = await stage.admin('POST', '/tokens', own);
    stage.remember(String(body.token));
    if ((await stage.call('GET', '/admin/v1/users', String(body.token))).status !== 200)
      throw new Error('an admin token of the broker is not believed');
    await stage.pool.query(
      `INSERT INTO admin_token (id, secret_hash, name, role, made_by, expires_at)
       VALUES ('adt_thief', $1, 'thief', 'owner', 'bootstrap', now() + interval '1 day')`,
      [hashOf(`symbolon_adt_${known}`)],
    );
    const { status } = await stage.call('GET', '/admin/v1/users', `symbolon_adt_${known}`);
    return status === 200;
  },

  async moveEndpoint(stage) {
    let calls = 0;
    const server = createServer((_request, response) => {
      calls += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const { rows } = await stage.pool.query(`SELECT endpoints FROM connection WHERE alias = 'strict'`);
    const set = `UPDATE connection SET endpoints = $1, updated_at = now() WHERE alias = 'strict'`;
    await stage.pool.query(set, [{ ...rows[0].endpoints, token: `http://127.0.0.1:${port}/token` }]);
    await stage.restart();
    await stage.call('GET', '/v1/me/identities/strict/token?force=true', stage.victim.accessToken);
    await stage.app.signIn('lin').catch(() => undefined);
    await stage.pool.query(set, [rows[0].endpoints]);
    await stage.restart();
    await new Promise((resolve) => server.close(resolve));
    return calls > 0;
  },

  async deleteRevocation(stage) {
    const { accessToken, refreshToken } = await stage.signIn('ada');
    await stage.app.revoke(refreshToken, stage.issuer);
    if (await usesToken(stage, accessToken)) throw new Error('the token was not revoked');
    await stage.pool.query('DELETE FROM revocation');
    await stage.restart();
    return await usesToken(stage, accessToken);
  },

  async deleteTagKey(stage) {
    const { rows } = await stage.pool.query('DELETE FROM row_tag_key RETURNING *');
    const started = await stage.restart();
    await stage.pool.query(
      'INSERT INTO row_tag_key SELECT (jsonb_populate_record(NULL::row_tag_key, $1)).* ON CONFLICT DO NOTHING',
      [
        JSON.stringify(rows[0], (_name, value) =>
          value?.type === 'Buffer' ? `\\x${Buffer.from(value.data).toString('hex')}` : value,
        ),
      ],
    );
    if (!(await stage.restart())) throw new Error('the broker does not start with its key');
    return started;
  },

  async changeAudit({ pool }) {
    const { rowCount } = await pool.query(
      `UPDATE audit_event SET detail = '{"changed": true}' WHERE id = (SELECT min(id) FROM audit_event)`,
    );
    // `main` lets the command look for it, after a seal has been closed.
    return rowCount !== 1;
  },

  async deleteEntry(stage) {
    await stage.pool.query('DELETE FROM vault_entry WHERE identity_id = $1', [stage.mallory.identityId]);
    const { body } = await stage.call('GET', '/v1/me/identities/strict/token', stage.mallory.accessToken);
    return body.code === 'reauthorization_required';
  },

  async readSecrets({ pool, dataDirectory, secrets }) {
    const text = `${await dump(pool)}\n${await filesBelow(dataDirectory)}`;
    return secrets().some((secret) => formsOf(secret).some((form) => text.includes(form)));
  },

  olderEntryLater,
};

async function dump(pool: Stage['pool']): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const { rows: lines } = await pool.query<{ line: string }>(
      `SELECT row_to_json(t)::text AS line FROM ${name} t`,
    );
    texts.push(...lines.map(({ line }) => line));
  }
  return texts.join('\n');
}

async function filesBelow(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(file.parentPath, file.name), 'latin1')),
  );
  return texts.join('\n');
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const inner = [0, 1, 2].map((skip) => {
    const part = bytes.subarray(skip);
    return part.subarray(0, part.length - (part.length % 3)).toString('base64');
  });
  // In a longer base64 text a secret begins at any of three offsets.
  return [secret, bytes.toString('hex'), ...inner];
}

async function created(stage: Stage, input: object): Promise<{ id: string; secret: string }> {
  const { status, body, text } = await stage.admin('POST', '/apps', input);
  if (status !== 201) throw new Error(`POST /apps: ${status} ${text}`);
  const secret = String(body.client_secret);
  stage.remember(secret);
  return { id: String(body.client_id), secret };
}

const serviceApp = (stage: Stage, connections: object[] = [{ connection: 'strict', background: true }]) =>
  created(stage, { name: 'Service', type: 'service', redirect_uris: [], connections });

const webApp = (stage: Stage) =>
  created(stage, {
    name: 'Web',
    type: 'web',
    redirect_uris: ['https://app.example/callback'],
    connections: [],
  });

function authorizeUrl(id: string, redirectUri: string): string {
  const query = {
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  return `/authorize?${new URLSearchParams(query)}`;
}

/** Returns whether the app gets the victim's provider token without the victim. */
async function takesInBackground(stage: Stage, id: string, secret: string): Promise<boolean> {
  const grant = { grant_type: 'client_credentials', scope: 'idp:strict' };
  const { body } = await stage.form('/oauth/token', grant, [id, secret]);
  if (typeof body.access_token !== 'string') return false;
  const target = `/v1/users/${stage.victim.userId}/identities/strict/token?reason=prove`;
  return (await stage.call('GET', target, body.access_token)).status === 200;
}
