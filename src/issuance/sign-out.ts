import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Our own pages keep sessions of their own: whoever signs out of all apps in a browser is signed out of them there. */
export function createSignOut(onSignOut: (request: IncomingMessage) => Promise<void>) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { route, params } = ctx.oidc ?? {};
      if (route === 'end_session_confirm' && params?.logout && ctx.status === 303) await onSignOut(ctx.req);
    },
  };
}
