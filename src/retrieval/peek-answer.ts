import type { Identities } from '../identities/identities.ts';
import type { AppRegistry } from '../issuance/registry/apps.ts';
import type { PeekAccessToken } from '../issuance/tokens/verify-access-token.ts';
import { seconds } from '../kit/clock.ts';
import type { HeardChanges } from '../kit/database/heard-changes.ts';
import type { EventBatch } from '../kit/events/event-batch.ts';
import { Problem } from '../kit/problem.ts';
import type { Connections } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';
import type { TokenAnswer } from './answers.ts';
import { parseQuery, tokenQuery } from './input.ts';
import { briefOf, callerFrom, permitBy } from './permission.ts';
import type { Rates } from './rates.ts';
import { allowHandOut, answer, type RetrievalDeps, retrievedEvent } from './retrieve.ts';

export interface PeekDeps extends Pick<RetrievalDeps, 'clock' | 'links' | 'metrics'> {
  readonly heard: Pick<HeardChanges, 'isCurrent'>;
  readonly peekAccessToken: PeekAccessToken;
  readonly apps: Pick<AppRegistry, 'peek'>;
  readonly identities: Pick<Identities, 'peekBriefs'>;
  readonly connections: Pick<Connections, 'peek'>;
  readonly vault: Pick<Vault, 'peekToken' | 'noteUse'>;
  readonly rates: Pick<Rates, 'takeNow'>;
  readonly retrievals: Pick<EventBatch, 'keepsUp' | 'addNow'>;
}

export interface PeekRequest {
  /** An identity id or a connection alias. */
  readonly ref: string;
  readonly token: string;
  readonly requestId: string;
  readonly address: string | undefined;
}

/**
 * Returns the answer to a request for a token, and the app that it is for, where all that decides about it is in memory and proven to be current. It is
 * then audited and counted. Undefined: nothing was done, and the usual way decides, which forms all refusals. Both ways use
 * the same checks.
 */
export type PeekAnswer = (
  request: PeekRequest,
) => { readonly content: TokenAnswer; readonly clientId: string } | undefined;

export function createPeekAnswer(deps: PeekDeps): PeekAnswer {
  const minTtl = seconds(parseQuery(tokenQuery, {}).min_ttl);
  const plain = { scopes: [] };

  function decide({ ref, token }: PeekRequest) {
    const { userId, ...verified } = deps.peekAccessToken(token) ?? {};
    const mine = userId === undefined ? undefined : deps.identities.peekBriefs(userId);
    if (!mine || userId === undefined || !('clientId' in verified)) return undefined;
    const byId = briefOf(mine, ref);
    const connection = deps.connections
      .peek()
      ?.find(({ id, alias }) => (byId ? id === byId.connectionId : alias === ref));
    const policy = connection && deps.apps.peek(verified.clientId)?.policy.get(connection.id);
    // Scopes of the policy may need a narrower token.
    if (!policy || policy.scopes.length > 0) return undefined;
    const caller = callerFrom({ ...verified, isSelfRegistered: false }, userId);
    const permitted = permitBy(deps, caller, { ref, mine, connection, policy });
    allowHandOut(permitted, plain);
    const { id: identityId, subject } = permitted.identity;
    const found = deps.vault.peekToken({ identityId, userId, subject, connection }, minTtl);
    return found && { caller, permitted, found };
  }

  return (request) => {
    if (!deps.heard.isCurrent() || !deps.retrievals.keepsUp()) return undefined;
    let decided: ReturnType<typeof decide>;
    try {
      decided = decide(request);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
    if (!decided) return undefined;
    const { caller, permitted, found } = decided;
    const { identity, connection, policy } = permitted;
    const { clientId } = caller;
    if (policy.rate && !deps.rates.takeNow({ appId: clientId, identityId: identity.id }, policy.rate))
      return undefined;
    deps.vault.noteUse(identity.id, found.lastUsedAt);
    const { requestId, address } = request;
    deps.retrievals.addNow(retrievedEvent(caller, permitted, undefined), {
      requestId,
      actorKind: 'app',
      actorId: clientId,
      address,
    });
    deps.metrics.retrieval({ connection: connection.alias, outcome: 'token' });
    return { content: answer(permitted, found, deps.clock.now()), clientId };
  };
}
