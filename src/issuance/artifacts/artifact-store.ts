import { createBatchedLookup } from '../../kit/database/batched-lookup.ts';
import type { Database } from '../../kit/database/database.ts';
import { hashOf } from '../../kit/ids.ts';
import type { RowTags } from '../../kit/keys/row-tags.ts';
import { withoutRequestTimeout } from '../../kit/request-context.ts';
import type { Revocation, RevocationKind } from '../revocation/revocation.ts';
import { systemTime } from '../system-time.ts';
import {
  type ArtifactChanges,
  type ArtifactData,
  consumeQuery,
  dropQuery,
  dropSomeStatement,
  extendQuery,
  insertion,
  overwriting,
  rotateStatement,
  writeQuery,
} from './artifact-changes-store.ts';
import { taggedArtifacts } from './tagged-artifacts.ts';

export type { ArtifactData, ArtifactName, NewArtifact, Place } from './artifact-changes-store.ts';

/**
 * The store of oidc-provider's models: sessions, interactions, grants, codes and tokens. Most ids are credentials, so rows
 * are found by the hash of the id.
 *
 * This inner room stores and seals artifacts, each change in one statement. It does not decide what is valid or revoked;
 * `provider/adapter.ts` does.
 */
export interface ArtifactStore {
  put(kind: string, id: string, artifact: ArtifactData): Promise<void>;
  /** Returns false when there is an artifact with that id. */
  putNew(kind: string, id: string, artifact: ArtifactData): Promise<boolean>;
  /** Returns false when there is an artifact with that id that has not ended. The statement decides. */
  putOverEnded(kind: string, id: string, artifact: ArtifactData): Promise<boolean>;
  find(kind: string, id: string): Promise<StoredArtifact | undefined>;
  /** Returns the artifact together with its grant. */
  findWithGrant(kind: string, id: string): Promise<FoundWithGrant>;
  /** Stores all changes in one statement. Returns false if the code was consumed before: then nothing is put. */
  write(changes: ArtifactChanges): Promise<boolean>;
  findByUid(kind: string, uid: string): Promise<StoredArtifact | undefined>;
  /** Returns true for exactly one caller. The statement decides, not an earlier read. */
  consume(kind: string, id: string, at: Date): Promise<boolean>;
  /** Consumes it, and stores its successor and the sealed response, in one statement. Returns true for exactly one caller. */
  rotate(kind: string, id: string, rotation: Rotation): Promise<boolean>;
  drop(kind: string, id: string): Promise<void>;
  dropByUid(kind: string, uid: string): Promise<void>;
  dropByGrant(kind: string, grantId: string): Promise<void>;
  /** Deletes revoked artifacts that a failover has brought back. */
  dropRevoked(revoked: readonly Pick<Revocation, 'kind' | 'value'>[]): Promise<void>;
  /** Deletes everything of a person, of an app, or of the app for that person. */
  dropOf(owner: Owner): Promise<void>;
  /** Returns the grants with their payloads. */
  grantsOf(owner: Owner): Promise<readonly StoredGrant[]>;
  grantsOfSession(uid: string): Promise<readonly StoredGrant[]>;
  /** Extends a grant that would end before `needed` to `until`. */
  extendGrant(grantId: string, end: { readonly needed: Date; readonly until: Date }): Promise<void>;
  uidsOf(kind: string, accountId: string): Promise<readonly string[]>;
  /** Returns a person's artifacts of one kind, the latest to expire first, at most 200. */
  ofAccount(kind: string, accountId: string): Promise<readonly StoredArtifact[]>;
  /** Deletes up to `limit` artifacts of any owner, except used assertions. Returns their number. */
  dropSome(limit: number): Promise<number>;
}

export interface FoundWithGrant {
  readonly found: StoredArtifact | undefined;
  readonly grant: StoredArtifact | undefined;
}

export interface Rotation {
  readonly successor: { readonly id: string; readonly artifact: ArtifactData };
  /** The token response, sealed under the old token. */
  readonly response: Uint8Array<ArrayBuffer>;
  readonly at: Date;
}

export interface Owner {
  readonly accountId?: string;
  readonly clientId?: string;
}

export interface StoredGrant {
  readonly grantId: string;
  readonly payload: string;
}

export interface StoredArtifact extends ArtifactData {
  readonly consumedAt: Date | null;
  /** Of a rotated refresh token: the response with its successor, sealed under the old token. */
  readonly successor: Uint8Array | null;
}

interface NamedArtifact extends StoredArtifact {
  readonly kind: string;
  readonly idHash: string;
  readonly tag: Uint8Array | null;
}

// This runs for every token. Prisma takes longer to build the query than PostgreSQL to answer it.
const columns = `kind, id_hash AS "idHash", payload, grant_id AS "grantId", uid, account_id AS "accountId",
    client_id AS "clientId", expires_at AS "expiresAt", consumed_at AS "consumedAt", successor, tag`;
const findQuery = {
  name: 'artifact-find',
  text: `SELECT ${columns} FROM artifact WHERE (kind, id_hash) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
};
const findByUidQuery = {
  name: 'artifact-find-by-uid',
  text: `SELECT ${columns} FROM artifact WHERE kind = $1 AND uid = $2`,
};
const findWithGrantQuery = {
  name: 'artifact-find-with-grant',
  text: `WITH found AS (SELECT * FROM artifact WHERE kind = $1 AND id_hash = $2)
    SELECT ${columns} FROM found
    UNION ALL SELECT ${columns} FROM artifact WHERE kind = 'Grant' AND grant_id = (SELECT grant_id FROM found)`,
};
const putQuery = {
  name: 'artifact-put',
  text: `${insertion} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ${overwriting}`,
};

export function createArtifactStore({ prisma, pool }: Database, tags: RowTags): ArtifactStore {
  const findBatched = createBatchedLookup(async (names) => {
    const pairs = names.map((name) => name.split(' '));
    const values = [pairs.map(([kind]) => kind), pairs.map(([, idHash]) => idHash)];
    const { rows } = await pool.query<NamedArtifact>({ ...findQuery, values });
    const believed = rows.filter((row) => tags.believes(taggedArtifacts, row));
    return new Map(believed.map((line) => [`${line.kind} ${line.idHash}`, line]));
  });
  /** Returns the tag of an artifact as it is about to be written. */
  const tagOf = (key: { readonly kind: string; readonly idHash: string }, artifact: ArtifactData) =>
    tags.tag(taggedArtifacts, { ...artifact, ...key });
  const keyOf = (kind: string, id: string) => ({ kind, idHash: hashOf(id) });
  const grantsOf = async (of: Owner & { readonly uid?: string }): Promise<readonly StoredGrant[]> => {
    const where = { ...of, kind: 'Grant' };
    const rows = await prisma.artifact.findMany({ where });
    const believed = rows.filter((row) => tags.believes(taggedArtifacts, row));
    return believed.flatMap(({ grantId, payload }) => (grantId === null ? [] : [{ grantId, payload }]));
  };

  return {
    async put(kind, id, artifact) {
      const { payload, grantId, uid, accountId, clientId, expiresAt } = artifact;
      const tag = tagOf(keyOf(kind, id), artifact);
      const values = [kind, hashOf(id), payload, grantId, uid, accountId, clientId, expiresAt, tag];
      await pool.query({ ...putQuery, values });
    },
    async putNew(kind, id, artifact) {
      const key = keyOf(kind, id);
      const data = [{ ...key, ...artifact, tag: tagOf(key, artifact) }];
      return (await prisma.artifact.createMany({ data, skipDuplicates: true })).count === 1;
    },
    async putOverEnded(kind, id, artifact) {
      const { payload, grantId, uid, accountId, clientId, expiresAt } = artifact;
      const tag = tagOf(keyOf(kind, id), artifact);
      const values = [kind, hashOf(id), payload, grantId, uid, accountId, clientId, expiresAt, tag];
      const text = `${putQuery.text} WHERE artifact.expires_at <= $10`;
      const { rowCount } = await pool.query({ text, values: [...values, systemTime()] });
      return rowCount === 1;
    },
    async find(kind, id) {
      return await findBatched(`${kind} ${hashOf(id)}`);
    },
    async findWithGrant(kind, id) {
      const values = [kind, hashOf(id)];
      const { rows } = await pool.query<NamedArtifact>({ ...findWithGrantQuery, values });
      const believed = rows.filter((row) => tags.believes(taggedArtifacts, row));
      return {
        found: believed.find((row) => row.kind === kind),
        grant: believed.find((row) => row.kind === 'Grant'),
      };
    },
    async write(changes) {
      const { puts, drops, consumes, beside } = changes;
      if (puts.length + drops.length === 0 && !consumes && !beside) return true;
      const { rowCount } = await pool.query(writeQuery(changes, tagOf));
      return rowCount === 1;
    },
    async findByUid(kind, uid) {
      const { rows } = await pool.query<NamedArtifact>({ ...findByUidQuery, values: [kind, uid] });
      return rows.find((row) => tags.believes(taggedArtifacts, row));
    },
    async consume(kind, id, at) {
      const { rowCount } = await pool.query({ ...consumeQuery, values: [kind, hashOf(id), at] });
      return rowCount === 1;
    },
    async rotate(kind, id, { successor, response, at }) {
      const { payload, grantId, uid, accountId, clientId, expiresAt } = successor.artifact;
      const tag = tagOf(keyOf(kind, successor.id), successor.artifact);
      const next = [hashOf(successor.id), payload, grantId, uid, accountId, clientId, expiresAt, tag];
      const values = [kind, hashOf(id), at, Buffer.from(response), ...next];
      const { rowCount } = await pool.query({ name: 'artifact-rotate', text: rotateStatement, values });
      return rowCount === 1;
    },
    async drop(kind, id) {
      await pool.query({ ...dropQuery, values: [kind, hashOf(id)] });
    },
    async dropByUid(kind, uid) {
      await prisma.artifact.deleteMany({ where: { kind, uid } });
    },
    async dropByGrant(kind, grantId) {
      await prisma.artifact.deleteMany({ where: { kind, grantId } });
    },
    async dropRevoked(revoked) {
      const values = (of: RevocationKind) =>
        revoked.flatMap(({ kind, value }) => (kind === of ? [value] : []));
      const [grants, sessions] = [values('grant'), values('session')];
      if (grants.length + sessions.length === 0) return;
      await pool.query(
        `DELETE FROM artifact WHERE grant_id = ANY($1::text[]) OR kind = 'Session' AND uid = ANY($2::text[])`,
        [grants, sessions],
      );
    },
    async dropOf(owner) {
      await withoutRequestTimeout(async () => await prisma.artifact.deleteMany({ where: owner }));
    },
    grantsOf,
    grantsOfSession: (uid) => grantsOf({ uid }),
    async extendGrant(grantId, { needed, until }) {
      const grant = await findBatched(`Grant ${hashOf(grantId)}`);
      if (!grant?.expiresAt || grant.expiresAt >= needed) return;
      // An older version reads the end from the payload.
      const payload = grant.payload.replace(/"exp":[0-9]+/, `"exp":${Math.floor(until.getTime() / 1000)}`);
      const tag = tagOf(keyOf('Grant', grantId), { ...grant, payload, expiresAt: until });
      await pool.query({
        ...extendQuery,
        values: [grant.idHash, needed, grant.payload, until, payload, tag],
      });
    },
    async uidsOf(kind, accountId) {
      const rows = await prisma.artifact.findMany({ where: { kind, accountId }, select: { uid: true } });
      return rows.flatMap(({ uid }) => uid ?? []);
    },
    async ofAccount(kind, accountId) {
      const rows = await prisma.artifact.findMany({
        where: { kind, accountId },
        orderBy: { expiresAt: 'desc' },
        take: 200,
      });
      return rows.filter((row) => tags.believes(taggedArtifacts, row));
    },
    async dropSome(limit) {
      const { rowCount } = await pool.query(dropSomeStatement, [limit]);
      return rowCount ?? 0;
    },
  };
}
