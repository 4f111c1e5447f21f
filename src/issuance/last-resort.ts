import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from '../kit/log.ts';
import { answerFailure } from './provider-rules.ts';

/** What fails outside oidc-provider's own error handling says no more than that it failed. */
export function createLastResort(log: Logger) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      try {
        await next();
      } catch (error) {
        log.error({ err: error, path: ctx.path }, 'request failed');
        answerFailure(ctx, error);
      }
    },
  };
}
