import { z } from 'zod';
import { type Database, Prisma } from '../kit/database/database.ts';
import { type GivenText, givenText } from '../kit/localized.ts';
import { requireVersion } from '../kit/versions.ts';
import { type LegalLinks, legalLinks } from './branding-input.ts';

/** The channel by which a process tells the others that the looks have changed. */
export const brandingChannel = 'symbolon_branding';

/** The looks of a scope: `deployment`, or the id of an app. */
export interface Branding {
  readonly scope: string;
  readonly name: GivenText | null;
  /** `#rrggbb`. */
  readonly accent: string | null;
  readonly hasLogo: boolean;
  readonly legal: LegalLinks;
  /** 0: nothing was ever set. */
  readonly version: number;
}

export interface BrandingFields {
  readonly name: GivenText | null;
  readonly accent: string | null;
  readonly logo: Uint8Array<ArrayBuffer> | null;
  readonly legal: LegalLinks;
}

/** A logo, with the version of the looks that it belongs to. */
export interface StoredLogo {
  readonly bytes: Uint8Array;
  readonly version: number;
}

export interface BrandingStore {
  find(scope: string): Promise<Branding | undefined>;
  logoOf(scope: string): Promise<StoredLogo | undefined>;
  /** Returns the looks before and after. @throws StaleVersion */
  replace(
    scope: string,
    fields: BrandingFields,
    version?: number,
  ): Promise<{ readonly before: Branding; readonly after: Branding }>;
  remove(scope: string): Promise<void>;
}

export function createBrandingStore({ prisma, pool }: Database): BrandingStore {
  return {
    async find(scope) {
      const row = await prisma.branding.findUnique({ where: { scope } });
      return row ? typed(row) : undefined;
    },
    async logoOf(scope) {
      const row = await prisma.branding.findUnique({
        where: { scope },
        select: { logo: true, version: true },
      });
      return row?.logo ? { bytes: row.logo, version: row.version } : undefined;
    },
    replace: (scope, { name, legal, ...fields }, version) =>
      prisma.$transaction(async (transaction) => {
        await transaction.$executeRaw`INSERT INTO branding (scope, version) VALUES (${scope}, 0) ON CONFLICT DO NOTHING`;
        // The lock orders concurrent changes.
        await transaction.$queryRaw`SELECT scope FROM branding WHERE scope = ${scope} FOR UPDATE`;
        const before = await transaction.branding.findUniqueOrThrow({ where: { scope } });
        requireVersion(before.version, { version });
        const after = await transaction.branding.update({
          where: { scope },
          data: {
            ...fields,
            name: name ? { ...name } : Prisma.DbNull,
            legal: { ...legal },
            version: before.version + 1,
          },
        });
        await transaction.$executeRaw`SELECT pg_notify(${brandingChannel}, '')`;
        return { before: typed(before), after: typed(after) };
      }),
    async remove(scope) {
      await pool.query('DELETE FROM branding WHERE scope = $1', [scope]);
      await pool.query('SELECT pg_notify($1, $2)', [brandingChannel, '']);
    },
  };
}

/** A later version may have stored further links. */
const storedLegal = z.object(legalLinks.shape);

function typed({ logo, name, legal, ...row }: Prisma.BrandingModel): Branding {
  return {
    ...row,
    name: givenText(1000).nullable().parse(name),
    legal: storedLegal.parse(legal),
    hasLogo: logo !== null,
  };
}
