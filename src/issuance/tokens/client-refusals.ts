import type Provider from 'oidc-provider';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Events } from '../../kit/events/events.ts';
import { isId } from '../../kit/ids.ts';
import type { Logger } from '../../kit/log.ts';

/**
 * Records clients that did not authenticate, as `client.refused`. Such events are rationed, and no client is locked out by
 * another's guesses. An unknown client id is untrusted text and is not recorded.
 */
export function createClientRefusals({ events, log }: { readonly events: Events; readonly log: Logger }) {
  const refused = new WeakSet<object>();
  return {
    install(provider: Provider): void {
      const note = (ctx: KoaContextWithOIDC, error: Error) => {
        if (error instanceof errors.InvalidClientAuth) refused.add(ctx);
      };
      provider.on('grant.error', note);
      provider.on('introspection.error', note);
      provider.on('revocation.error', note);
      provider.on('pushed_authorization_request.error', note);
      provider.on('device_authorization.error', note);
      provider.on('backchannel_authentication.error', note);
    },
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      if (!refused.has(ctx)) return;
      const { client, route } = ctx.oidc;
      // APIs are clients of the introspection endpoint.
      const isApi = client !== undefined && isId('api', client.clientId);
      const detail = { at: route, known: client !== undefined, ...(isApi && { api: client.clientId }) };
      const appId = isApi ? undefined : client?.clientId;
      await events
        .record({ type: 'client.refused', appId, unproven: true, detail })
        .catch((error: unknown) => log.error({ err: error }, 'a refused client could not be recorded'));
    },
  };
}
