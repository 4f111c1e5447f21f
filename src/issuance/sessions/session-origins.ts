import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { oidcTime } from '../oidc-time.ts';
import type { SessionOriginStore } from './session-origin-store.ts';

/** What a login says beside whom it is of. */
const shape = z.object({
  connectionId: z.string(),
  identityId: z.string(),
  sid: z.string().exactOptional(),
});

/** Notes by whose word a session stands when a sign-in gives it one; the latest sign-in counts. */
export function createSessionOrigins(store: Pick<SessionOriginStore, 'put'>) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { result, session } = ctx.oidc ?? {};
      const origin = shape.safeParse(result?.login?.origin).data;
      if (!origin || !session?.accountId) return;
      const { uid: sessionUid, accountId: userId } = session;
      await store.put({ ...origin, sessionUid, userId, at: oidcTime() });
    },
  };
}
