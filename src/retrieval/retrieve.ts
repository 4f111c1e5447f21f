import { missingScopes, ungrantedScopes } from '../connectors/contract/scope-cover.ts';
import { schemeOf } from '../connectors/contract/transport.ts';
import type { Clock } from '../kit/clock.ts';
import type { EventBatch } from '../kit/events/event-batch.ts';
import type { Event, Events } from '../kit/events/events.ts';
import type { Metrics } from '../kit/metrics.ts';
import { Problem } from '../kit/problem.ts';
import { traced } from '../kit/spans.ts';
import type { TokenNeeds } from '../vault/refresh/decide.ts';
import type { FreshToken } from '../vault/refresh/fresh-result.ts';
import type { Vault } from '../vault/vault.ts';
import type { TokenAnswer } from './answers.ts';
import {
  actorsIn,
  appOf,
  type Caller,
  type CheckedCaller,
  type Found,
  type Permitted,
  type Wanted,
} from './permission.ts';
import { type PermissionDeps, permit } from './permit.ts';
import { enforceRateLimit, type RateLimitDeps } from './rate-limit.ts';
import type { Refused } from './refusals.ts';
import { takeToken } from './take-token.ts';

export interface RetrievalDeps extends PermissionDeps, RateLimitDeps {
  readonly vault: Pick<Vault, 'freshToken' | 'health' | 'noteUse'>;
  readonly clock: Clock;
  readonly events: Events;
  /** Batched events of retrievals, which are too many for one write each. */
  readonly retrievals: EventBatch;
  readonly metrics: Pick<Metrics, 'retrieval'>;
}

export interface Ask extends Wanted {
  readonly needs: TokenNeeds;
  /** Upstream scopes that the token must carry. */
  readonly scopes: readonly string[];
  /** The stated reason when the user is not present; it is audited. */
  readonly reason?: string | undefined;
}

/**
 * Returns the provider's access token, refreshed first if it would end too soon, if app, user and policy allow it.
 * @throws Problem for each condition that fails
 */
export async function retrieve(deps: RetrievalDeps, caller: Caller, ask: Ask): Promise<TokenAnswer> {
  return await whenPermitted(deps, caller, {
    wanted: ask,
    outcome: 'token',
    use: (permitted) => handOut(deps, caller, { permitted, ask }),
  });
}

/** Checks the permission, runs `use`, and counts the outcome in the metrics. */
export async function whenPermitted<Result>(
  deps: RetrievalDeps,
  caller: Caller,
  {
    wanted,
    outcome,
    use,
  }: {
    readonly wanted: Wanted;
    readonly outcome: string;
    readonly use: (permitted: Permitted) => Promise<Result>;
  },
): Promise<Result> {
  let connection = 'none';
  let about: Pick<Refused, 'connection' | 'identityId'> = {};
  const count = (result: string) => deps.metrics.retrieval({ connection, outcome: result });
  const found: Found = ({ alias }, identity) => {
    about = { connection: alias, identityId: identity?.id };
  };
  try {
    return await traced('retrieval', {}, async (span) => {
      const permitted = await permit(deps, caller, { ...wanted, found });
      connection = permitted.connection.alias;
      span?.setAttribute('symbolon.connection', connection);
      await enforceRateLimit(deps, caller, permitted);
      const result = await use(permitted);
      count(outcome);
      return result;
    });
  } catch (error) {
    count(error instanceof Problem ? error.code : 'failed');
    if (error instanceof Problem && error.code !== 'unavailable') {
      const { userId, onBehalf } = caller;
      const who = { userId, appId: appOf(caller), api: onBehalf?.api };
      deps.refusals.note(error, { why: error.code, ...who, ...about });
    }
    throw error;
  }
}

async function handOut(
  deps: RetrievalDeps,
  caller: Caller,
  { permitted: permittedBefore, ask }: { readonly permitted: Permitted; readonly ask: Ask },
): Promise<TokenAnswer> {
  const allow = (permitted: Permitted) => allowHandOut(permitted, ask);
  allow(permittedBefore);
  if (ask.scopes.length > 0) {
    const { identity, connection } = permittedBefore;
    const health = (await deps.vault.health([{ id: identity.id, connection }])).get(identity.id);
    // A refresh states unknown scopes first.
    if (!health?.awaitsScopes)
      requireUpstreamScopes(deps, caller, { permitted: permittedBefore, ask, granted: health?.scopes ?? [] });
  }
  const { token, permitted } = await takeToken(deps, caller, {
    permitted: permittedBefore,
    wanted: ask,
    needs: { ...ask.needs, statedScopes: ask.scopes.length > 0 },
    allow,
  });
  // A refresh may have returned fewer scopes.
  requireUpstreamScopes(deps, caller, { permitted, ask, granted: token.scopes });

  deps.vault.noteUse(permitted.identity.id, token.lastUsedAt);
  await deps.retrievals.add(retrievedEvent(caller, permitted, ask.reason));
  return answer(permitted, token, deps.clock.now());
}

export function retrievedEvent(
  caller: CheckedCaller,
  { identity, connection }: Permitted,
  reason: string | undefined,
): Event {
  const { userId, background } = caller;
  const about = { userId, appId: appOf(caller), connection: connection.alias, identityId: identity.id };
  const detail = { background, ...actorsIn(caller), ...(reason !== undefined && { reason }) };
  return { type: 'token.retrieved', ...about, detail };
}

/** @throws Problem where the policy does not let the app have the token itself, or these scopes */
export function allowHandOut(
  { policy, connection: { connector } }: Permitted,
  { scopes }: Pick<Ask, 'scopes'>,
): void {
  if (!policy.handout) {
    throw new Problem('connection_not_allowed', {
      detail: 'The policy of this app lets it use this connection through the proxy only.',
    });
  }
  if (policy.scopes.length > 0 && missingScopes(connector, policy.scopes, scopes).length > 0) {
    throw new Problem('connection_not_allowed', {
      detail: 'The policy of this app does not allow these scopes.',
    });
  }
}

interface ScopeCheck {
  readonly permitted: Permitted;
  readonly ask: Ask;
  readonly granted: readonly string[];
}

function requireUpstreamScopes(
  { links }: RetrievalDeps,
  caller: Caller,
  { permitted: { identity, connection }, ask, granted }: ScopeCheck,
): void {
  const missing = ungrantedScopes(connection.connector, granted, ask.scopes);
  if (missing.length === 0) return;
  const members = { missing, reauthorize_url: links.reauthorize(identity.id, appOf(caller), missing) };
  throw new Problem('insufficient_upstream_scope', { members });
}

/** Returns the answer of `/v1`, as the contract has it. */
export function answer({ identity, connection }: Permitted, token: FreshToken, now: Date): TokenAnswer {
  const { connector, registration } = connection;
  const { expiresAt } = token;
  return {
    access_token: token.accessToken.reveal(),
    token_type: 'Bearer',
    expires_in: expiresAt ? Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / 1000)) : null,
    expires_at: expiresAt?.toISOString() ?? null,
    scope: token.scopes.join(' '),
    identity: {
      id: identity.id,
      connection: connection.alias,
      provider: connector.provider,
      subject: identity.subject,
    },
    parameters: { ...token.parameters },
    usage: {
      transport: connector.transport.in,
      name: connector.transport.name,
      scheme: schemeOf(connector.transport),
      headers: { ...connector.transport.headers?.(registration) },
      api_base: registration.endpoints.api,
    },
  };
}
