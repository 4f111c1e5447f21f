import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { openLogtoSecrets } from '../../src/imports/formats/logto-secrets.ts';
import { Secret } from '../../src/kit/secret.ts';
import { freshDatabase } from '../support/database.ts';
import { kek, vaultOfGitHub } from './encrypted.ts';

// The query of docs/importing.md, on the tables of Logto 1.42 (packages/schemas/tables), as far as it reads them.

const { pool } = await freshDatabase();
const { encrypted_dek, iv, auth_tag, ciphertext } = vaultOfGitHub;
const sealed = [encrypted_dek, iv, auth_tag, ciphertext].map((hex) => Buffer.from(hex.slice(2), 'hex'));

beforeAll(async () => {
  await pool.query(`CREATE SCHEMA logto`);
  await pool.query(`
    CREATE TABLE logto.users (tenant_id varchar(21), id varchar(12), username varchar(128), primary_email varchar(128),
      password_encrypted varchar(256), name varchar(128), avatar varchar(2048), identities jsonb DEFAULT '{}',
      mfa_verifications jsonb DEFAULT '[]', is_suspended boolean DEFAULT false, last_sign_in_at timestamptz,
      created_at timestamptz DEFAULT '2026-01-02T03:04:05Z');
    CREATE TABLE logto.user_sso_identities (tenant_id varchar(21), id varchar(21), user_id varchar(12), issuer varchar(256),
      identity_id varchar(128), detail jsonb DEFAULT '{}', sso_connector_id varchar(128));
    CREATE TABLE logto.secrets (tenant_id varchar(21), id varchar(21), user_id varchar(21), type varchar(256),
      encrypted_dek bytea, iv bytea, auth_tag bytea, ciphertext bytea, metadata jsonb DEFAULT '{}',
      created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT '2026-02-03T04:05:06Z');
    CREATE TABLE logto.secret_social_connector_relations (tenant_id varchar(21), secret_id varchar(21), connector_id varchar(128),
      target varchar(256), identity_id varchar(128));
    CREATE TABLE logto.secret_enterprise_sso_connector_relations (tenant_id varchar(21), secret_id varchar(21),
      sso_connector_id varchar(128), issuer varchar(256), identity_id varchar(128));
    INSERT INTO logto.users (tenant_id, id, name, password_encrypted, identities, mfa_verifications) VALUES
      ('default', 'u1', 'Ada', 'hash-of-ada', '{"github": {"userId": "7"}}', '[{"type": "Totp", "key": "totp-of-ada"}]'),
      ('default', 'u2', 'Grace', NULL, '{}', '[]'), ('other', 'u3', 'Eve', NULL, '{}', '[]');
    INSERT INTO logto.user_sso_identities VALUES ('default', 'i1', 'u1', 'https://i', 'sub-3', '{"name": "Ada"}', 'sso_1');
    INSERT INTO logto.secret_social_connector_relations VALUES ('default', 's1', 'c1', 'github', '7');
    INSERT INTO logto.secret_enterprise_sso_connector_relations VALUES ('default', 's2', 'sso_1', 'https://i', 'sub-3');
  `);
  for (const id of ['s1', 's2'])
    await pool.query(
      `INSERT INTO logto.secrets (tenant_id, id, user_id, type, metadata, encrypted_dek, iv, auth_tag, ciphertext)
       VALUES ('default', $1, 'u1', 'federated_token_set', '{"scope": "repo", "hasRefreshToken": false}', $2, $3, $4, $5)`,
      [id, ...sealed],
    );
});

it('the query exports users with their accounts and tokens, without hashes and keys', async () => {
  const docs = await readFile('docs/importing.md', 'utf8');
  const query = docs.match(/```sql\n([^`]*secret_social_connector_relations[^`]*)```/)?.[1] ?? '';
  const client = await pool.connect();
  try {
    await client.query('SET search_path = logto');
    const { rows } = await client.query<Record<string, unknown>>(query);
    const records = rows.flatMap((row) => Object.values(row));
    expect(JSON.stringify(records)).not.toMatch(/hash-of-ada|totp-of-ada/);
    const open = openLogtoSecrets(new Secret(kek));
    const users = records.map((record) => readLogtoUser(record, { now: new Date(), open }));
    expect(users).toMatchObject([
      {
        ref: 'u1',
        name: 'Ada',
        left: ['password', 'second_factor'],
        createdAt: new Date('2026-01-02T03:04:05Z'),
      },
      { ref: 'u2', accounts: [], left: [] },
    ]);
    const tokens = { scopes: ['repo'], scopesAre: 'granted', issuedBy: new Date('2026-02-03T04:05:06Z') };
    expect(users[0]?.accounts).toMatchObject([
      { connection: 'github', subject: '7', tokens },
      { connection: 'sso_1', subject: 'sub-3', name: 'Ada', tokens },
    ]);
  } finally {
    await client.query('RESET search_path');
    client.release();
  }
});
