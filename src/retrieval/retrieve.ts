import { missingScopes } from '../connectors/scope-cover.ts';
import { schemeOf } from '../connectors/transport.ts';
import type { Clock } from '../kit/clock.ts';
import type { EventBatch } from '../kit/event-batch.ts';
import type { Events } from '../kit/events.ts';
import type { Metrics } from '../kit/metrics.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import type { Wish } from '../vault/decide.ts';
import type { FreshResult, FreshToken } from '../vault/fresh-result.ts';
import type { Vault } from '../vault/vault.ts';
import type { TokenAnswer } from './answers.ts';
import { type KeepRateDeps, keepRate } from './keep-rate.ts';
import { type Caller, type PermissionDeps, type Permitted, permit, type Wanted } from './permission.ts';

export interface RetrievalDeps extends PermissionDeps, KeepRateDeps {
  readonly vault: Pick<Vault, 'fresh' | 'health' | 'noteUse'>;
  readonly clock: Clock;
  readonly events: Events;
  /** Of what was handed out, which is too much to be written one by one. */
  readonly retrievals: EventBatch;
  readonly metrics: Pick<Metrics, 'retrieval'>;
}

export interface Ask extends Wanted {
  readonly wish: Wish;
  /** Upstream scopes the token must carry. */
  readonly scopes: readonly string[];
  /** Why, when the user is not present; audited. */
  readonly reason?: string | undefined;
}

/** May this app have that token? Then it gets it, alive. @throws Problem as the contract's table has it. */
export async function retrieve(deps: RetrievalDeps, caller: Caller, ask: Ask): Promise<TokenAnswer> {
  return await whenPermitted(deps, caller, {
    wanted: ask,
    outcome: 'token',
    use: (permitted) => handOut(deps, caller, { permitted, ask }),
  });
}

/** What an app is permitted to have is used in some way, and counted. */
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
  const count = (result: string) => deps.metrics.retrieval({ connection, outcome: result });
  try {
    const permitted = await permit(deps, caller, wanted);
    connection = permitted.connection.alias;
    await keepRate(deps, caller, permitted);
    const result = await use(permitted);
    count(outcome);
    return result;
  } catch (error) {
    count(error instanceof Problem ? error.code : 'failed');
    throw error;
  }
}

async function handOut(
  deps: RetrievalDeps,
  caller: Caller,
  { permitted, ask }: { readonly permitted: Permitted; readonly ask: Ask },
): Promise<TokenAnswer> {
  const { identity, connection } = permitted;
  if (!permitted.policy.handout) {
    throw new Problem('connection_not_allowed', {
      detail: 'The policy of this app lets it use this connection through the proxy only.',
    });
  }
  await requireUpstreamScopes(deps, caller, { permitted, scopes: ask.scopes });
  const result = await draw(deps, caller, { permitted, wish: ask.wish });

  const about = {
    userId: caller.userId,
    appId: caller.clientId,
    connection: connection.alias,
    identityId: identity.id,
  };
  const detail = { background: caller.background, ...(ask.reason !== undefined && { reason: ask.reason }) };
  deps.vault.noteUse(identity.id, result.lastUsedAt);
  await deps.retrievals.add({ type: 'token.retrieved', ...about, detail });
  return answer(permitted, result, deps.clock.now());
}

/** Takes the token out of the vault. @throws Problem with the way out. */
export async function draw(
  deps: RetrievalDeps,
  caller: Caller,
  { permitted, wish }: { readonly permitted: Permitted; readonly wish: Wish },
): Promise<FreshToken> {
  const { identity, connection, policy } = permitted;
  const target = { identityId: identity.id, userId: identity.userId, connection };
  const within = policy.scopes.length > 0 ? policy.scopes : undefined;
  const result = await deps.vault.fresh(target, { ...wish, within });
  if (result.kind === 'token') return result;
  throw await refusal(deps, caller, { permitted, result });
}

async function requireUpstreamScopes(
  { vault, links }: RetrievalDeps,
  caller: Caller,
  { permitted, scopes }: { permitted: Permitted; scopes: readonly string[] },
): Promise<void> {
  if (scopes.length === 0) return;
  const { identity, connection, policy } = permitted;
  const { connector } = connection;
  if (policy.scopes.length > 0 && missingScopes(connector, policy.scopes, scopes).length > 0) {
    throw new Problem('connection_not_allowed', {
      detail: 'The policy of this app does not allow these scopes.',
    });
  }
  const health = (await vault.health([{ id: identity.id, connection }])).get(identity.id);
  const missing = missingScopes(connector, health?.scopes ?? [], scopes);
  if (missing.length > 0) {
    const members = { missing, reauthorize_url: links.reauthorize(identity.id, caller.clientId, missing) };
    throw new Problem('insufficient_upstream_scope', { members });
  }
}

async function refusal(
  { events, links }: RetrievalDeps,
  caller: Caller,
  { permitted, result }: { permitted: Permitted; result: Exclude<FreshResult, FreshToken> },
): Promise<Problem> {
  const { identity, connection } = permitted;
  const about = {
    userId: caller.userId,
    appId: caller.clientId,
    connection: connection.alias,
    identityId: identity.id,
  };
  await events.record({ type: 'token.refused', ...about, detail: { why: result.kind } });
  if (result.kind === 'unreadable') await events.record({ type: 'token.unreadable', ...about });
  // Signing in again would not help.
  if (connection.connector.family === 'tokenless') return new Problem('no_provider_token');
  const missing = result.kind === 'out_of_scope' ? permitted.policy.scopes : [];
  return problemOf(result, {
    missing,
    reauthorizeUrl: links.reauthorize(identity.id, caller.clientId, missing),
  });
}

interface WayOut {
  readonly missing: readonly string[];
  readonly reauthorizeUrl: string;
}

function problemOf(result: Exclude<FreshResult, FreshToken>, { missing, reauthorizeUrl }: WayOut): Problem {
  switch (result.kind) {
    case 'out_of_scope':
      return new Problem('insufficient_upstream_scope', {
        members: { missing, reauthorize_url: reauthorizeUrl },
      });
    case 'too_wide':
      return new Problem('connection_not_allowed', {
        detail: 'The provider issues no token that is as narrow as the policy of this app.',
      });
    case 'missing':
      return new Problem('reauthorization_required', {
        members: { reason: 'not_refreshable', since: null, reauthorize_url: reauthorizeUrl },
      });
    case 'reauthorization_required':
      return new Problem('reauthorization_required', {
        members: {
          reason: result.reason,
          since: result.since.toISOString(),
          reauthorize_url: reauthorizeUrl,
        },
      });
    case 'too_soon':
      return new Problem('too_many_requests', { headers: retryAfter(result.retryAfter) });
    case 'provider_unavailable':
      return new Problem('provider_unavailable', { headers: retryAfter(result.retryAfter) });
    case 'provider_error':
      return new Problem('provider_error', { members: { step: result.step } });
    case 'unreadable':
      return new Problem('unavailable', { headers: { 'Retry-After': '60' } });
  }
}

function answer({ identity, connection }: Permitted, token: FreshToken, now: Date): TokenAnswer {
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
