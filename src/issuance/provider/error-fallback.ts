import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from '../../kit/log.ts';
import { renderFailure } from './provider-pages.ts';
import { answerFailure } from './provider-rules.ts';

/** What fails outside oidc-provider's own error handling says no more than that it failed. */
export function createErrorFallback(log: Logger) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      try {
        await next();
      } catch (error) {
        log.error({ err: error, path: ctx.path }, 'request failed');
        // A browser says that it wants a page; a client that takes anything gets what clients read.
        if (ctx.accepts('json', 'html') === 'html') renderFailure(ctx, error);
        else answerFailure(ctx, error);
      }
    },
  };
}
