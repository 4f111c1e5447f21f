import { z } from 'zod';
import type { Database } from '../../kit/database/database.ts';
import { type SigningAlg, signingAlg } from '../registry/signing-alg.ts';

export type SigningKeyState = 'published' | 'signing' | 'retired';

export interface StoredSigningKey {
  readonly id: string;
  readonly alg: SigningAlg;
  readonly state: SigningKeyState;
  /** The sealed JWK. */
  readonly privateJwk: Uint8Array;
}

/** A signing key without its private part. */
export interface SigningKeyLife extends Pick<StoredSigningKey, 'id' | 'alg' | 'state'> {
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

export interface NewSigningKey {
  readonly id: string;
  readonly alg: SigningAlg;
  readonly publicJwk: object;
  readonly privateJwk: Uint8Array<ArrayBuffer>;
}

export interface SigningKeyStore {
  all(): Promise<readonly StoredSigningKey[]>;
  /** Returns the life of each key, the newest first. */
  lives(): Promise<readonly SigningKeyLife[]>;
  /** Inserts the first two keys of an algorithm, unless it has keys: processes may start at the same time. */
  insertFirst(signing: NewSigningKey, next: NewSigningKey): Promise<void>;
  /** For each algorithm in `next`: the published key now signs, the signing key retires, and the new key is published. */
  rotate(next: readonly NewSigningKey[], at: Date): Promise<void>;
  /** Returns since when the newest signing key has signed, and the newest published key has been published. */
  since(): Promise<{ readonly signing: Date; readonly published: Date }>;
  /** Replaces a sealed JWK if it is still the one that was read. */
  replacePrivate(id: string, from: Uint8Array, to: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Deletes the keys that retired at this time or earlier. */
  dropRetired(retiredUntil: Date): Promise<void>;
}

export const signingKeyChannel = 'symbolon_signing_key';

const stateSchema = z.enum(['published', 'signing', 'retired']);
const lock = `SELECT pg_advisory_xact_lock(hashtext('symbolon.signing_key'))::text`;

const notify = `SELECT pg_notify('${signingKeyChannel}', '')::text`;

export function createSigningKeyStore({ prisma }: Database): SigningKeyStore {
  const row = (key: NewSigningKey, state: SigningKeyState) => ({ ...key, state });

  return {
    async all() {
      const rows = await prisma.signingKey.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
      return rows.map(({ id, alg, state, privateJwk }) => ({
        id,
        privateJwk,
        alg: signingAlg.parse(alg),
        state: stateSchema.parse(state),
      }));
    },
    async lives() {
      const rows = await prisma.signingKey.findMany({
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        select: { id: true, alg: true, state: true, createdAt: true, retiredAt: true },
      });
      return rows.map(({ alg, state, ...row }) => ({
        ...row,
        alg: signingAlg.parse(alg),
        state: stateSchema.parse(state),
      }));
    },
    async insertFirst(signing, next) {
      await prisma.$transaction(async (transaction) => {
        await transaction.$queryRawUnsafe(lock);
        if ((await transaction.signingKey.count({ where: { alg: signing.alg } })) > 0) return;
        await transaction.signingKey.create({ data: row(signing, 'signing') });
        await transaction.signingKey.create({ data: row(next, 'published') });
        await transaction.$queryRawUnsafe(notify);
      });
    },
    async rotate(next, at) {
      await prisma.$transaction(async (transaction) => {
        await transaction.$queryRawUnsafe(lock);
        for (const key of next) {
          const of = (state: SigningKeyState) => ({ where: { alg: key.alg, state } });
          const retire = { state: 'retired', retiredAt: at };
          await transaction.signingKey.updateMany({ ...of('signing'), data: retire });
          await transaction.signingKey.updateMany({ ...of('published'), data: { state: 'signing' } });
          await transaction.signingKey.create({ data: row(key, 'published') });
        }
        await transaction.$queryRawUnsafe(notify);
      });
    },
    async since() {
      const rows = await prisma.signingKey.findMany();
      const latest = (times: readonly Date[]) =>
        new Date(Math.max(0, ...times.map((time) => time.getTime())));
      const creationTimes = (state: SigningKeyState) =>
        rows.filter((row) => row.state === state).map(({ createdAt }) => createdAt);
      // A key signs from the time its predecessor retired, the first key from its creation.
      const retired = rows.flatMap(({ retiredAt }) => retiredAt ?? []);
      return {
        signing: retired.length > 0 ? latest(retired) : latest(creationTimes('signing')),
        published: latest(creationTimes('published')),
      };
    },
    async replacePrivate(id, from, to) {
      const where = { id, privateJwk: new Uint8Array(from) };
      await prisma.signingKey.updateMany({ where, data: { privateJwk: to } });
    },
    async dropRetired(retiredUntil) {
      const where = { state: 'retired', retiredAt: { lte: retiredUntil } };
      const { count } = await prisma.signingKey.deleteMany({ where });
      if (count > 0) await prisma.$queryRawUnsafe(notify);
    },
  };
}
