import { type Configuration, errors, type KoaContextWithOIDC, type default as Provider } from 'oidc-provider';
import { seconds } from '../../kit/clock.ts';
import { isId } from '../../kit/ids.ts';
import type { Logger } from '../../kit/log.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { ResourceServers } from '../consent/resource-servers.ts';
import { intersectionOf, noScopes, requestedScopes, type Scopes, unionOf } from '../consent/scopes.ts';
import type { AgreementPort } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import { systemTime } from '../system-time.ts';
import type { AskedCall, ExactCalls } from '../tokens/call-details.ts';
import type { AskPerson } from './backchannel-port.ts';
import type { QuestionLimit } from './question-limit.ts';
import { callsIn } from './rich-requests.ts';

type Ciba = NonNullable<NonNullable<Configuration['features']>['ciba']>;

export interface BackchannelDeps {
  readonly questions: QuestionLimit;
  readonly consents: Pick<ConsentStore, 'find'>;
  readonly resourceServers: Pick<ResourceServers, 'waivesConsent'>;
  readonly knownConnections: KnownConnections;
  readonly agreement: Pick<AgreementPort, 'pending'>;
  /** Undefined while no room asks people. */
  readonly askPerson: () => AskPerson | undefined;
  readonly exactCalls: () => ExactCalls | undefined;
}

/** Seconds that a person has to decide. */
const shortest = 60;
const longest = 600;

/** Returns the time that a person has, in seconds: what the app asks for, within bounds. */
export function backchannelLifetime(params: Readonly<Record<string, unknown>> | undefined): number {
  const asked = Number(params?.requested_expiry ?? longest);
  return Math.min(longest, Math.max(shortest, Number.isSafeInteger(asked) ? asked : longest));
}

/**
 * Returns the feature: an app asks a person elsewhere, and the account page shows the question. An app reaches only people who
 * have allowed it the same in a browser before. So no id leads to a stranger, and no such request widens a consent.
 */
export function createBackchannel(deps: BackchannelDeps): Ciba {
  async function requireAllowed(ctx: KoaContextWithOIDC, userId: string): Promise<void> {
    const { client } = ctx.oidc;
    if (!client) throw new errors.InvalidClient('client is invalid');
    const requested = requestedScopes(ctx, await deps.knownConnections());
    const consent = await deps.consents.find(userId, client.clientId);
    // The same answer as for an unknown person: an app learns nothing of people that it has not met.
    if (!consent && !traitsOf(client).firstParty)
      throw new errors.UnknownUserId('could not identify end-user');
    const consented = consent?.scopes ?? noScopes;
    const allowed = unionOf(intersectionOf(requested, consented), await waived(client, requested));
    if (!covers(allowed, requested))
      throw new errors.CustomOIDCProviderError(
        'consent_required',
        'the person has not allowed all of these scopes in a browser',
      );
    if (await deps.agreement.pending(userId, client.clientId))
      throw new errors.CustomOIDCProviderError(
        'consent_required',
        'the person has to accept an agreement in a browser first',
      );
  }

  async function waived(
    client: NonNullable<KoaContextWithOIDC['oidc']['client']>,
    requested: Scopes,
  ): Promise<Scopes> {
    if (!traitsOf(client).firstParty) return noScopes;
    const lists = Object.entries(requested.resources).map(async ([resource, list]) =>
      (await deps.resourceServers.waivesConsent(client, resource)) ? [[resource, list] as const] : [],
    );
    return { ...requested, resources: Object.fromEntries((await Promise.all(lists)).flat()) };
  }

  async function limit(userId: string, clientId: string): Promise<void> {
    if (await deps.questions.take(userId, clientId)) return;
    const error = new errors.CustomOIDCProviderError(
      'temporarily_unavailable',
      'this person was asked too often',
    );
    error.statusCode = 429;
    error.status = 429;
    throw error;
  }

  /** @throws errors.InvalidAuthorizationDetails for a call with an account that the person does not have */
  async function callsOf(ctx: KoaContextWithOIDC, userId: string): Promise<readonly AskedCall[]> {
    const details = callsIn(ctx.oidc.params);
    if (details.length === 0) return [];
    const pair = { userId, clientId: ctx.oidc.client?.clientId ?? '' };
    const calls = await deps.exactCalls()?.asked(pair, details);
    if (calls && !('fault' in calls)) return calls;
    const { field = 'type', fault = 'cannot be asked for here' } = calls ?? {};
    throw new errors.InvalidAuthorizationDetails(`${field} ${fault}`);
  }

  const asked = new WeakMap<object, readonly AskedCall[]>();

  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'],
    async processLoginHint(_ctx, hint) {
      return hint !== undefined && isId('usr', hint) ? hint : undefined;
    },
    async processLoginHintToken() {
      throw new errors.InvalidRequest('login_hint_token is not supported');
    },
    async validateRequestContext() {
      // It is not used, and not stored where a person would read it.
    },
    async verifyUserCode(ctx, account, userCode) {
      if (userCode !== undefined) throw new errors.InvalidRequest('user_code is not supported');
      if (!deps.askPerson())
        throw new errors.CustomOIDCProviderError('temporarily_unavailable', 'nothing asks people');
      await requireAllowed(ctx, account.accountId);
      await limit(account.accountId, ctx.oidc.client?.clientId ?? '');
      asked.set(ctx, await callsOf(ctx, account.accountId));
    },
    async triggerAuthenticationDevice(ctx, request, account, client) {
      const { binding_message: message } = ctx.oidc.params ?? {};
      const calls = asked.get(ctx) ?? [];
      await deps.askPerson()?.({
        userId: account.accountId,
        clientId: client.clientId,
        scopes: [...(request.scope ?? '').split(' ')],
        calls,
        ...(typeof message === 'string' && { bindingMessage: message }),
        expiresAt: new Date(systemTime().getTime() + seconds(request.remainingTTL)),
        reference: request.jti,
      });
    },
  };
}

function covers(allowed: Scopes, requested: Scopes): boolean {
  const has = (list: readonly string[] = [], wanted: readonly string[]) =>
    wanted.every((scope) => list.includes(scope));
  return (
    has(allowed.oidc, requested.oidc) &&
    has(allowed.connections, requested.connections) &&
    Object.entries(requested.resources).every(([resource, list]) => has(allowed.resources[resource], list))
  );
}

export interface BackchannelPingsDeps {
  readonly outbound: Pick<Outbound, 'fetch'>;
  readonly log: Logger;
}

/** The person's page waits for it, and an app that is not told can poll. */
const pingTimeout = seconds(3);

/** Tells an app by the guarded client that its person has decided (CIBA 1.0 section 10.2). The answer holds nothing for us. */
export function createBackchannelPings({ outbound, log }: BackchannelPingsDeps) {
  return {
    install({ Client: { prototype } }: Provider): void {
      Object.assign(prototype, {
        async backchannelPing(
          this: InstanceType<Provider['Client']>,
          { jti, params }: { readonly jti: string; readonly params?: Readonly<Record<string, unknown>> },
        ): Promise<void> {
          const { notificationUri } = traitsOf(this);
          const token = params?.client_notification_token;
          if (notificationUri === null || typeof token !== 'string') return;
          await outbound
            .fetch(notificationUri, {
              method: 'POST',
              headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
              body: JSON.stringify({ auth_req_id: jti }),
              sizeLimit: 4096,
              totalTimeout: pingTimeout,
            })
            .catch((error: unknown) =>
              log.warn({ err: error, app: this.clientId }, 'an app was not told of a decision; it can poll'),
            );
        },
      });
    },
  };
}
