import type { TheftName } from '../../security/stolen-database-table.ts';
import type { Attempt } from './attempts.ts';
import type { Person, Stage } from './stage.ts';
import { usesToken } from './uses-token.ts';

type OnTokens = Extract<
  TheftName,
  | 'moveIdentity'
  | 'swapCiphertexts'
  | 'olderEntry'
  | 'olderEntryLater'
  | 'forgeAccessToken'
  | 'forgeRefreshToken'
>;

export const attemptsOnTokens: Readonly<Record<OnTokens, Attempt>> = {
  async moveIdentity(stage) {
    const { pool, victim, mallory } = stage;
    const theirs = await providerToken(stage, victim);
    const move = 'UPDATE identity SET user_id = $1 WHERE id = $2';
    await pool.query(move, [mallory.userId, victim.identityId]);
    const target = `/v1/me/identities/${victim.identityId}/token`;
    const { text } = await stage.call('GET', target, mallory.accessToken);
    await pool.query(move, [victim.userId, victim.identityId]);
    if ((await providerToken(stage, victim)) !== theirs) throw new Error('the person lost the token');
    return text.includes(theirs);
  },

  async swapCiphertexts(stage) {
    const { pool, victim, mallory } = stage;
    const theirs = await providerToken(stage, victim);
    const own = await entryOf(stage, mallory);
    await pool.query(
      `UPDATE vault_entry e SET ciphertext = v.ciphertext, wrapped_key = v.wrapped_key, key_id = v.key_id, version = v.version
       FROM vault_entry v WHERE e.identity_id = $1 AND v.identity_id = $2`,
      [mallory.identityId, victim.identityId],
    );
    const { text } = await stage.call('GET', '/v1/me/identities/strict/token', mallory.accessToken);
    await putBack(stage, own);
    await providerToken(stage, mallory);
    return text.includes(theirs);
  },

  async olderEntry(stage) {
    const { older, former } = await aged(stage);
    await putBack(stage, former);
    const { text } = await stage.call('GET', '/v1/me/identities/strict/token', stage.victim.accessToken);
    return text.includes(older);
  },

  async olderEntryLater(stage) {
    const { older, former } = await aged(stage);
    await putBack(stage, former);
    await stage.restart();
    const { text } = await stage.call('GET', '/v1/me/identities/strict/token', stage.victim.accessToken);
    return text.includes(older);
  },

  async forgeAccessToken(stage) {
    const token = await ownOpaqueToken(stage);
    if (!(await usesToken(stage, token))) throw new Error('the own token is not believed');
    await forge(stage, 'AccessToken');
    return await usesToken(stage, token);
  },

  async forgeRefreshToken(stage) {
    const { refreshToken } = await stage.signIn('ada');
    const control = await stage.signIn('ada');
    if ((await stage.app.refresh(control.refreshToken, stage.issuer)).status !== 200)
      throw new Error('the own refresh token is not believed');
    await forge(stage, 'RefreshToken');
    return (await stage.app.refresh(refreshToken, stage.issuer)).status === 200;
  },
};

async function providerToken(stage: Stage, { accessToken }: Person, query = ''): Promise<string> {
  const { status, body, text } = await stage.call(
    'GET',
    `/v1/me/identities/strict/token${query}`,
    accessToken,
  );
  if (status !== 200) throw new Error(`no token for its own person: ${status} ${text}`);
  return String(body.access_token);
}

type EntryRow = Readonly<Record<string, unknown>>;

async function entryOf({ pool }: Stage, { identityId }: Person): Promise<EntryRow> {
  const { rows } = await pool.query<EntryRow>('SELECT * FROM vault_entry WHERE identity_id = $1', [
    identityId,
  ]);
  return rows[0] ?? {};
}

/** Writes all columns of the earlier row. */
async function putBack({ pool }: Stage, row: EntryRow): Promise<void> {
  const names = Object.keys(row);
  const values = names.map((_, index) => `$${index + 2}`);
  await pool.query(
    `UPDATE vault_entry SET (${names.join(', ')}) = (${values.join(', ')}) WHERE identity_id = $1`,
    [row.identity_id, ...Object.values(row)],
  );
}

/** Lets the victim's token be refreshed. Returns the token and the row of before. */
async function aged(stage: Stage): Promise<{ older: string; former: EntryRow }> {
  const older = await providerToken(stage, stage.victim);
  const former = await entryOf(stage, stage.victim);
  await stage.pool.query(
    `UPDATE vault_entry SET last_refreshed_at = last_refreshed_at - interval '1 hour' WHERE identity_id = $1`,
    [stage.victim.identityId],
  );
  const newer = await providerToken(stage, stage.victim, '?force=true');
  if (newer === older) throw new Error('the token was not refreshed');
  return { older, former };
}

/** Gives the attacker's artifacts to the victim. */
async function forge({ pool, victim, mallory }: Stage, kind: string): Promise<void> {
  const { rowCount } = await pool.query(
    `UPDATE artifact SET account_id = $1, payload = replace(payload, $2, $1) WHERE kind = $3 AND account_id = $2`,
    [victim.userId, mallory.userId, kind],
  );
  if (!rowCount) throw new Error(`there is no ${kind} to forge`);
}

async function ownOpaqueToken(stage: Stage): Promise<string> {
  const { rows } = await stage.pool.query<{ id: string }>(`SELECT id FROM app WHERE name = 'Chaos app'`);
  const id = rows[0]?.id ?? '';
  await stage.admin('PATCH', `/apps/${id}`, { access_token_format: 'opaque' });
  const { accessToken } = await stage.signIn('ada');
  await stage.admin('PATCH', `/apps/${id}`, { access_token_format: 'jwt' });
  return accessToken;
}
