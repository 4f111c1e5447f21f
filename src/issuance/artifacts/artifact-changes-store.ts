import { hashOf } from '../../kit/ids.ts';

export interface ArtifactData {
  readonly payload: string;
  readonly grantId: string | null;
  /** The id by which others refer to a session or interaction; of a grant, its session's. */
  readonly uid: string | null;
  readonly accountId: string | null;
  readonly clientId: string | null;
  readonly expiresAt: Date | null;
}

export interface ArtifactName {
  readonly kind: string;
  readonly id: string;
}

export interface NewArtifact extends ArtifactName {
  readonly artifact: ArtifactData;
}

/** The writes of one request. No artifact is named twice. */
export interface ArtifactChanges {
  readonly puts: readonly NewArtifact[];
  readonly drops: readonly ArtifactName[];
  /** The artifact that is used up by the request, if it is not yet. */
  readonly consumes: (ArtifactName & { readonly at: Date }) | undefined;
  /** Returns a statement on another table, which is carried out with these. */
  readonly beside: ((place: Place) => string) | undefined;
}

/** Adds a value to the parameters of a statement. Returns its place there. */
export type Place = (value: unknown) => string;

export const insertion = `INSERT INTO artifact (kind, id_hash, payload, grant_id, uid, account_id, client_id, expires_at, tag)`;
export const overwriting = `ON CONFLICT (kind, id_hash) DO UPDATE SET payload = excluded.payload,
      grant_id = excluded.grant_id, uid = excluded.uid, account_id = excluded.account_id,
      client_id = excluded.client_id, expires_at = excluded.expires_at, tag = excluded.tag`;

export const rotateStatement = `WITH rotated AS (
    UPDATE artifact SET consumed_at = $3, successor = $4
    WHERE kind = $1 AND id_hash = $2 AND consumed_at IS NULL RETURNING kind)
  INSERT INTO artifact (kind, id_hash, payload, grant_id, uid, account_id, client_id, expires_at, tag)
  SELECT kind, $5, $6, $7, $8, $9, $10, $11::timestamptz, $12::bytea FROM rotated`;

export const consumeQuery = {
  name: 'artifact-consume',
  text: 'UPDATE artifact SET consumed_at = $3 WHERE kind = $1 AND id_hash = $2 AND consumed_at IS NULL',
};
export const dropQuery = {
  name: 'artifact-drop',
  text: 'DELETE FROM artifact WHERE kind = $1 AND id_hash = $2',
};

export const extendQuery = {
  name: 'artifact-extend',
  text: `UPDATE artifact SET expires_at = $4, payload = $5, tag = $6
    WHERE kind = 'Grant' AND id_hash = $1 AND expires_at < $2 AND payload = $3`,
};

// Used assertions (ReplayDetection) stay: they were not issued here, and must not be used again.
export const dropSomeStatement = `DELETE FROM artifact WHERE (kind, id_hash) IN
  (SELECT kind, id_hash FROM artifact WHERE kind <> 'ReplayDetection' LIMIT $1)`;

type TagOf = (key: { readonly kind: string; readonly idHash: string }, artifact: ArtifactData) => Uint8Array;

/** Returns the statement of a request's writes. Requests of one kind have the same text, so that it is prepared once. */
export function writeQuery({ puts, drops, consumes, beside }: ArtifactChanges, tagOf: TagOf) {
  const values: unknown[] = [];
  const place: Place = (value) => `$${values.push(value)}`;
  const where = ({ kind, id }: ArtifactName) => `kind = ${place(kind)} AND id_hash = ${place(hashOf(id))}`;
  const row = ({ kind, id, artifact }: NewArtifact) => {
    const { payload, grantId, uid, accountId, clientId, expiresAt } = artifact;
    const idHash = hashOf(id);
    const texts = [kind, idHash, payload, grantId, uid, accountId, clientId];
    const end = `${place(expiresAt)}::timestamptz, ${place(tagOf({ kind, idHash }, artifact))}::bytea`;
    return `(${texts.map((text) => `${place(text)}::text`).join(', ')}, ${end})`;
  };
  const parts = [
    consumes &&
      `consumed AS (UPDATE artifact SET consumed_at = ${place(consumes.at)} WHERE ${where(consumes)} AND consumed_at IS NULL
        RETURNING kind)`,
    ...drops.map((drop, index) => `dropped_${index} AS (DELETE FROM artifact WHERE ${where(drop)})`),
    puts.length > 0 &&
      `put AS (${insertion} SELECT * FROM (VALUES ${puts.map(row).join(', ')}) AS new
        ${consumes ? 'WHERE EXISTS (SELECT FROM consumed)' : ''} ${overwriting})`,
    beside && `beside AS (${beside(place)})`,
  ].filter((part) => typeof part === 'string');
  return {
    name: `artifact-write ${[consumes ? 1 : 0, drops.length, puts.length, beside ? 1 : 0]}`,
    text: `WITH ${parts.join(', ')} ${consumes ? 'SELECT FROM consumed' : 'SELECT 1'}`,
    values,
  };
}
