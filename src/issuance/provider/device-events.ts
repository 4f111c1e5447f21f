import type { KoaContextWithOIDC, default as Provider } from 'oidc-provider';
import type { Events } from '../../kit/events/events.ts';
import type { Logger } from '../../kit/log.ts';

export interface DeviceEventsDeps {
  readonly events: Events;
  readonly log: Logger;
}

/** Records that a person has connected a device, or has refused it. */
export function createDeviceEvents({ events, log }: DeviceEventsDeps) {
  const record = (event: Parameters<Events['record']>[0]) =>
    events.record(event).catch((error: unknown) => log.error({ err: error }, 'an event is not recorded'));
  const routes = new Set(['code_verification', 'device_resume']);
  const refused = new WeakSet<object>();
  return {
    install(provider: Provider): void {
      provider.on('authorization.success', (ctx) => {
        const { route, session, client } = ctx.oidc;
        if (!routes.has(route) || !client) return;
        void record({ type: 'device.approved', userId: session?.accountId, appId: client.clientId });
      });
    },
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      const { route, entities, session } = ctx.oidc ?? {};
      const code = entities?.DeviceCode;
      if (!routes.has(route ?? '') || code?.error !== 'access_denied' || refused.has(ctx)) return;
      await record({ type: 'device.refused', userId: session?.accountId, appId: code.clientId });
    },
  };
}

/** Returns a function that records that a caller has used up its guesses of codes. Such events are rationed. */
export function recordGuesses({ events, log }: DeviceEventsDeps) {
  return async (): Promise<void> => {
    await events
      .record({ type: 'device.codes_guessed', unproven: true })
      .catch((error: unknown) => log.error({ err: error }, 'an event is not recorded'));
  };
}
