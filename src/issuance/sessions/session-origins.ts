import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { systemTime } from '../system-time.ts';
import type { SessionOriginStore } from './session-origin-store.ts';

/** The origin that finish-login.ts adds to the login result. */
const shape = z.object({
  connectionId: z.string(),
  identityId: z.string(),
  sid: z.string().exactOptional(),
});

/** Stores the origin of a session after a sign-in. A later sign-in in the same session replaces it. */
export function createSessionOrigins(store: Pick<SessionOriginStore, 'put'>) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { result, session } = ctx.oidc ?? {};
      const origin = shape.safeParse(result?.login?.origin).data;
      if (!origin || !session?.accountId) return;
      const { uid: sessionUid, accountId: userId } = session;
      await store.put({ ...origin, sessionUid, userId, at: systemTime() });
    },
  };
}
