import { z } from 'zod';
import type { Database } from '../../kit/database/database.ts';
import { isPlainId } from './input.ts';

const givenText = z.object({ en: z.string().optional(), zh: z.string().optional() });
const about = z.object({ owner: z.union([z.string(), givenText]).nullish() });

/** The facts about an app that only its pages need. */
export interface AppLooks {
  /** The aliases of the connections that its sign-in page offers; undefined: those of the deployment. */
  readonly signInConnections: readonly string[] | undefined;
  /** The name on pages, in one language or both. */
  readonly displayName: z.infer<typeof givenText> | undefined;
  /** The organization that runs the app, in one language or both. */
  readonly owner: z.infer<typeof givenText> | undefined;
}

const plain: AppLooks = { signInConnections: undefined, displayName: undefined, owner: undefined };

export type AppLooksStore = (appId: string) => Promise<AppLooks>;

export function createAppLooksStore({ prisma }: Pick<Database, 'prisma'>): AppLooksStore {
  const select = { signInConnections: true, limitsSignIn: true, displayName: true, about: true } as const;
  return async (id) => {
    const row = isPlainId(id) ? await prisma.app.findUnique({ where: { id }, select }) : null;
    if (!row) return plain;
    const owner = about.safeParse(row.about).data?.owner ?? undefined;
    return {
      signInConnections: row.limitsSignIn ? row.signInConnections : undefined,
      displayName: givenText.safeParse(row.displayName).data,
      owner: typeof owner === 'string' ? { en: owner, zh: owner } : owner,
    };
  };
}
