import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { type Clock, seconds } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { newHandle } from '../../kit/ids.ts';
import { createInFlight } from '../../kit/in-flight.ts';
import type { Logger } from '../../kit/log.ts';
import { type Outbound, OutboundError } from '../../kit/outbound.ts';
import { nextTry } from '../../webhooks/retry.ts';
import type { BackchannelLogoutStore, ClaimedLogout, EndedSession } from './backchannel-logout-store.ts';

/** Sends logout tokens to apps whose session has ended. They are queued, so that the person's sign-out does not wait. */
export interface BackchannelLogouts {
  /** Queues logout tokens for the session's apps that have a logout URI. */
  enqueue(session: Session): Promise<void>;
  /** Sends all that is due. */
  send(): Promise<void>;
  /** Replaces oidc-provider's delivery, which happens within the person's request and without retries. */
  install(provider: Provider): void;
  /** Resolves when this process sends nothing any more. */
  idle(): Promise<void>;
}

type Session = Pick<InstanceType<Provider['Session']>, 'accountId' | 'authorizations'>;

export interface BackchannelLogoutDeps {
  readonly store: BackchannelLogoutStore;
  readonly provider: () => Provider;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
}

/** The number of parallel requests of one process. */
const concurrency = 8;
const timeout = seconds(5);

export function createBackchannelLogouts(deps: BackchannelLogoutDeps): BackchannelLogouts {
  const { store, provider, clock, log } = deps;
  const inFlight = createInFlight();

  const send = async () => {
    for (;;) {
      const claimed = await store.claim(clock.now(), concurrency);
      const results = await Promise.allSettled(claimed.map((logout) => attempt(deps, logout)));
      for (const result of results) {
        // Another attempt follows when the lease of this logout has expired.
        if (result.status === 'rejected') log.error({ err: result.reason }, 'a logout token was not sent');
      }
      if (claimed.length < concurrency) return;
    }
  };
  const add = async (ended: readonly EndedSession[]) => {
    if (ended.length === 0) return;
    await store.add(ended, clock.now());
    inFlight.add(send().catch((error: unknown) => log.error({ err: error }, 'logout tokens cannot be sent')));
  };

  return {
    async enqueue({ accountId: userId, authorizations = {} }) {
      const ended = Object.entries(authorizations).map(async ([appId, { sid }]) => {
        const client = await provider().Client.find(appId);
        const hasLogoutUri = client?.backchannelLogoutUri !== undefined;
        return hasLogoutUri && userId !== undefined && sid !== undefined ? [{ appId, userId, sid }] : [];
      });
      await add((await Promise.all(ended)).flat());
    },
    send,
    install(newProvider) {
      Object.assign(newProvider.Client.prototype, {
        async backchannelLogout(this: Client, userId: string, sid: string) {
          await add([{ appId: this.clientId, userId, sid }]);
        },
      });
      newProvider.on('backchannel.error', (_ctx, error) =>
        log.error({ err: error }, 'a logout cannot be told'),
      );
    },
    idle: inFlight.settled,
  };
}

/** Makes one attempt. A failed one is queued again, or given up with an event when no attempt is left. */
async function attempt(deps: BackchannelLogoutDeps, logout: ClaimedLogout): Promise<void> {
  const { store, clock, events, log } = deps;
  const error = await post(deps, logout);
  if (error === undefined) return await store.drop(logout);
  const { appId, userId, attempts } = logout;
  log.warn({ app: appId, attempts, error }, 'an app could not be told of a sign-out');
  const nextAt = nextTry(logout, clock.now(), Math.random());
  if (nextAt) return await store.postpone(logout, nextAt);
  await events.record({ type: 'app.logout_undelivered', appId, userId, detail: { attempts, error } });
  await store.drop(logout);
}

/** Returns the failure, or undefined after a success and for an app that is gone or has no logout URI any more. */
async function post(
  { provider, outbound }: BackchannelLogoutDeps,
  logout: ClaimedLogout,
): Promise<string | undefined> {
  const client = await provider().Client.find(logout.appId);
  if (!client?.backchannelLogoutUri) return undefined;
  const body = new URLSearchParams({ logout_token: await logoutToken(provider(), client, logout) });
  try {
    const { status } = await outbound.fetch(client.backchannelLogoutUri, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
      totalTimeout: timeout,
    });
    return status === 200 || status === 204 ? undefined : `status ${status}`;
  } catch (error) {
    if (error instanceof OutboundError) return error.failure;
    throw error;
  }
}

/** Returns a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4), signed like this app's ID tokens, for two minutes. */
async function logoutToken(
  provider: Provider,
  client: Client,
  { userId, sid }: Pick<EndedSession, 'userId' | 'sid'>,
): Promise<string> {
  const token = new provider.IdToken({ sub: userId }, { client });
  // The token carries no claim about the person but the subject.
  Object.assign(token, { mask: { sub: null } });
  token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} });
  token.set('jti', newHandle());
  token.set('sid', sid);
  return await token.issue({ use: 'logout' });
}
