import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { currentAddress } from '../../kit/request-context.ts';
import { systemTime } from '../system-time.ts';
import type { SessionOrigin } from './session-origin-store.ts';

/** The origin that finish-login.ts adds to the login result. */
const shape = z.object({
  connectionId: z.string(),
  identityId: z.string(),
  sid: z.string().exactOptional(),
});

/** Stores the origin together with the other writes of the request. */
export interface OriginsOfRequests {
  put(origin: SessionOrigin, ctx: KoaContextWithOIDC): Promise<void>;
}

/**
 * Stores the origin of a session after a sign-in, and notes later uses. A later sign-in in the same session replaces it.
 */
export function createSessionOrigins(
  origins: OriginsOfRequests,
  seen: (sessionUid: string) => Promise<void>,
) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { result, session } = ctx.oidc ?? {};
      const origin = shape.safeParse(result?.login?.origin).data;
      if (!session?.accountId) return;
      const { uid: sessionUid, accountId: userId } = session;
      if (!origin) return await seen(sessionUid);
      const browser = { userAgent: ctx.get('user-agent') || undefined, address: currentAddress() };
      await origins.put({ ...origin, ...browser, sessionUid, userId, at: systemTime() }, ctx);
    },
  };
}
