import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Our own pages keep sessions of their own: whoever signs out of all apps in a browser is signed out of them there. */
export function createSignOut(onSignOut: (request: IncomingMessage) => Promise<void>) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { route, params } = ctx.oidc ?? {};
      // With an ID token of the very session nobody is asked, and the first request ends it.
      const ended = route === 'end_session' || (route === 'end_session_confirm' && params?.logout);
      if (ended && ctx.status === 303) await onSignOut(ctx.req);
    },
  };
}
