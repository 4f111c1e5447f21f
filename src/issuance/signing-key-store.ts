import { z } from 'zod';
import type { Database } from '../kit/database.ts';

export type SigningKeyState = 'published' | 'signing' | 'retired';

export interface StoredSigningKey {
  readonly id: string;
  readonly state: SigningKeyState;
  /** Sealed. */
  readonly privateJwk: Uint8Array;
}

export interface NewSigningKey {
  readonly id: string;
  readonly publicJwk: object;
  readonly privateJwk: Uint8Array<ArrayBuffer>;
}

export interface SigningKeyStore {
  all(): Promise<readonly StoredSigningKey[]>;
  /** Does nothing when there are keys already: of processes starting together the first one's keys stay. */
  found(signing: NewSigningKey, next: NewSigningKey): Promise<void>;
  /** The published key signs, the signing one retires, `next` is published; every process is told. */
  rotate(next: NewSigningKey, at: Date): Promise<void>;
  /** Retired ones before `moment` leave the key set. */
  dropRetired(moment: Date): Promise<void>;
}

export const signingKeyChannel = 'symbolon_signing_key';

const states = z.enum(['published', 'signing', 'retired']);
const lock = `SELECT pg_advisory_xact_lock(hashtext('symbolon.signing_key'))::text`;

const tell = `SELECT pg_notify('${signingKeyChannel}', '')::text`;

export function createSigningKeyStore({ prisma }: Database): SigningKeyStore {
  const row = (key: NewSigningKey, state: SigningKeyState) => ({ ...key, alg: 'RS256', state });

  return {
    async all() {
      const rows = await prisma.signingKey.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
      return rows.map(({ id, state, privateJwk }) => ({ id, privateJwk, state: states.parse(state) }));
    },
    async found(signing, next) {
      await prisma.$transaction(async (transaction) => {
        await transaction.$queryRawUnsafe(lock);
        if ((await transaction.signingKey.count()) > 0) return;
        await transaction.signingKey.create({ data: row(signing, 'signing') });
        await transaction.signingKey.create({ data: row(next, 'published') });
      });
    },
    async rotate(next, at) {
      await prisma.$transaction(async (transaction) => {
        await transaction.$queryRawUnsafe(lock);
        const retire = { state: 'retired', retiredAt: at };
        await transaction.signingKey.updateMany({ where: { state: 'signing' }, data: retire });
        await transaction.signingKey.updateMany({
          where: { state: 'published' },
          data: { state: 'signing' },
        });
        await transaction.signingKey.create({ data: row(next, 'published') });
        await transaction.$queryRawUnsafe(tell);
      });
    },
    async dropRetired(moment) {
      const where = { state: 'retired', retiredAt: { lte: moment } };
      const { count } = await prisma.signingKey.deleteMany({ where });
      if (count > 0) await prisma.$queryRawUnsafe(tell);
    },
  };
}
