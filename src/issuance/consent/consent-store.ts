import { z } from 'zod';
import type { Database } from '../../kit/database/database.ts';
import type { Scopes } from './scopes.ts';

/**
 * The consent of one person to one app, stored across sign-ins.
 *
 * This inner room owns consents, grants and the rules by which an app gets scopes. It shows no pages (`interactions`) and
 * issues no tokens (`tokens`, `provider`).
 */
export interface StoredConsent {
  readonly userId: string;
  readonly appId: string;
  readonly appName: string;
  readonly scopes: Scopes;
  readonly at: Date;
}

export interface ConsentStore {
  find(userId: string, appId: string): Promise<StoredConsent | undefined>;
  /** Returns a person's consents, the newest first. */
  of(userId: string): Promise<readonly StoredConsent[]>;
  put(consent: Omit<StoredConsent, 'appName'>): Promise<void>;
  drop(of: { userId: string; appId?: string }): Promise<void>;
}

const scopes = z.object({ oidc: z.array(z.string()), resources: z.record(z.string(), z.array(z.string())) });

export function createConsentStore({ prisma }: Database): ConsentStore {
  const include = { app: { select: { name: true } } } as const;
  type Row = { userId: string; appId: string; scopes: unknown; at: Date; app: { name: string } };
  const typed = ({ app, ...row }: Row) => ({ ...row, appName: app.name, scopes: scopes.parse(row.scopes) });

  return {
    async find(userId, appId) {
      const row = await prisma.consent.findUnique({ where: { userId_appId: { userId, appId } }, include });
      return row ? typed(row) : undefined;
    },
    async of(userId) {
      const rows = await prisma.consent.findMany({ where: { userId }, include, orderBy: { at: 'desc' } });
      return rows.map(typed);
    },
    async put({ userId, appId, scopes: { oidc, resources }, at }) {
      const lists = Object.fromEntries(Object.entries(resources).map(([name, list]) => [name, [...list]]));
      const data = { scopes: { oidc: [...oidc], resources: lists }, at };
      await prisma.consent.upsert({
        where: { userId_appId: { userId, appId } },
        create: { userId, appId, ...data },
        update: data,
      });
    },
    async drop(of) {
      await prisma.consent.deleteMany({ where: of });
    },
  };
}
