import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Events, EventType } from '../../kit/events/events.ts';
import { actAs } from '../../kit/request-context.ts';

const reuse: Record<string, EventType> = {
  authorization_code: 'code.reused',
  refresh_token: 'refresh_token.reused',
};

/** Records an event when a code or refresh token is used again: it, or its first use, may be a thief's. */
export function createReuseEvents(events: Events) {
  const revoked = new WeakSet<object>();
  return {
    /** At the token endpoint, oidc-provider revokes a grant for this reason only. */
    install(provider: Provider): void {
      provider.on('grant.revoked', (ctx) => {
        if (ctx.oidc.route === 'token') revoked.add(ctx);
      });
    },
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const type = reuse[String(ctx.oidc?.params?.grant_type)];
      if (type === undefined || !revoked.has(ctx)) return;
      const { client, account, entities } = ctx.oidc;
      const userId = account?.accountId ?? entities.RefreshToken?.accountId;
      if (client) actAs({ kind: 'app', id: client.clientId });
      await events.record({ type, userId, appId: client?.clientId });
    },
  };
}
