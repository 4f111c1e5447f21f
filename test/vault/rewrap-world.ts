import type pg from 'pg';
import type { Keyring } from '../../src/kit/keys/keyring.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { TokenColumns } from '../../src/vault/entry.ts';
import type { EntryStore } from '../../src/vault/entry-store.ts';
import { openTokens, sealTokens } from '../../src/vault/entry-tokens.ts';
import type { Owner } from '../../src/vault/owner-store.ts';

export const idOf = (index: number) => `idn_${String(index).padStart(8, '0')}`;

/** Entries sealed by `keyring`, numbered from 1, each with a token that contains its version. */
export async function plantEntries(pool: pg.Pool, keyring: Keyring, count: number): Promise<void> {
  await pool.query(`INSERT INTO "user" (id) VALUES ('usr_all')`);
  await pool.query(
    `INSERT INTO connection (id, alias, provider, client_id, scopes, updated_at)
     VALUES ('con_all', 'all', 'github', 'x', '{}', now())`,
  );
  await pool.query(
    `INSERT INTO identity (id, user_id, connection_id, issuer, subject)
     SELECT 'idn_' || lpad(n::text, 8, '0'), 'usr_all', 'con_all', 'lab', n::text FROM generate_series(1, $1::int) n`,
    [count],
  );
  for (let from = 1; from <= count; from += 2000) {
    const ids = Array.from({ length: Math.min(2000, count - from + 1) }, (_, index) => idOf(from + index));
    const sealed = ids.map((id) => tokenColumns(keyring, id, 1));
    await pool.query(
      `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable)
       SELECT id, 'con_all', text, key, $4, '{}', true FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS a (id, text, key)`,
      [
        ids,
        sealed.map(({ ciphertext }) => ciphertext),
        sealed.map(({ wrappedKey }) => wrappedKey),
        keyring.currentKeyId,
      ],
    );
  }
}

/** Updates the row like a refresh. Returns the saved version, unless another process was faster. */
export async function refreshOnce(
  store: EntryStore,
  keyring: Keyring,
  identityId: string,
): Promise<number | undefined> {
  const entry = await store.find(identityId);
  if (!entry) throw new Error(`${identityId} is gone`);
  openTokens(keyring, entry);
  const version = entry.version + 1;
  const save = {
    tokens: tokenColumns(keyring, identityId, version),
    now: new Date(),
    by: 'refresh' as const,
    revives: true,
  };
  return (await store.supersede(entry, save)) ? version : undefined;
}

/** The owner of a planted identity. */
export const ownerOf = (identityId: string): Owner => [
  'usr_all',
  'con_all',
  'lab',
  String(Number(identityId.slice(4))),
];

function tokenColumns(keyring: Keyring, identityId: string, version: number): TokenColumns {
  const accessToken = new Secret(`${identityId}#${version}`);
  const owner = ownerOf(identityId);
  const tokens = { accessToken, refreshToken: accessToken, parameters: {}, origins: [] };
  return {
    version,
    ...sealTokens(keyring, tokens, { identityId, owner, version }),
    owner,
    grantedScopes: [],
    refreshable: true,
    accessExpiresAt: null,
    refreshExpiresAt: null,
    absoluteCapAt: null,
    ...{ endsAt: null, origins: null },
    clientId: null,
  };
}

export interface Damage {
  readonly unreadable: readonly string[];
  /** The row holds another token set than the one from its last refresh. */
  readonly overwritten: readonly string[];
}

/** Opens every entry with `keyring` and compares it with the last version that a refresh saved. */
export async function findDamage(
  pool: pg.Pool,
  keyring: Keyring,
  saved: ReadonlyMap<string, number>,
): Promise<Damage> {
  const damage = { unreadable: [] as string[], overwritten: [] as string[] };
  for (let after = ''; ; ) {
    const { rows } = await pool.query<Row>(
      `SELECT identity_id AS "identityId", ciphertext, wrapped_key AS "wrappedKey", key_id AS "keyId", version
       FROM vault_entry WHERE identity_id > $1 ORDER BY identity_id LIMIT 5000`,
      [after],
    );
    for (const row of rows) {
      const expected = `${row.identityId}#${saved.get(row.identityId) ?? 1}`;
      const held = tokenIn(row, keyring);
      if (held === undefined) damage.unreadable.push(row.identityId);
      else if (held !== expected) damage.overwritten.push(row.identityId);
    }
    const last = rows.at(-1);
    if (!last) return damage;
    after = last.identityId;
  }
}

interface Row {
  readonly identityId: string;
  readonly ciphertext: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly keyId: string;
  readonly version: number;
}

function tokenIn(row: Row, keyring: Keyring): string | undefined {
  try {
    return openTokens(keyring, { ...row, owner: ownerOf(row.identityId) }).accessToken.reveal();
  } catch {
    return undefined;
  }
}
