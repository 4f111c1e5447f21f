import type { PresentedToken } from '../../http/bearer.ts';
import { seconds } from '../../kit/clock.ts';
import { Problem } from '../../kit/problem.ts';
import { type AsOf, type Caller, callerBy, callerFrom } from '../../retrieval/permission.ts';
import { type RetrievalDeps, retrieve } from '../../retrieval/retrieve.ts';
import type { SubjectDeps } from '../../retrieval/subject-token.ts';
import { providerAnswer } from './provider-answer.ts';

export type BrokerTokenV1Deps = RetrievalDeps & Pick<SubjectDeps, 'verify'>;

export interface V1Ask {
  readonly presented: PresentedToken;
  readonly alias: string;
  readonly loginHint: string | undefined;
}

/** Returns the provider's token answer, for `GET …/broker/{alias}/token`. @throws V1Refusal */
export async function brokerTokenV1(
  deps: BrokerTokenV1Deps,
  { presented, alias, loginHint }: V1Ask,
): Promise<Record<string, string | number>> {
  const caller = await callerOf(deps, presented);
  // The token should outlive the app's call of the provider.
  const needs = { minTtl: seconds(60), refreshedSince: undefined };
  try {
    const answer = await retrieve(deps, caller, { ref: alias, loginHint, needs, scopes: [] });
    return providerAnswer(answer, deps.clock);
  } catch (error) {
    throw error instanceof Problem ? refusalOf(error, caller, alias) : error;
  }
}

/** A refusal in Keycloak's words, with the broker's code and links beside them. */
export class V1Refusal extends Error {
  override readonly name = 'V1Refusal';
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, problem: Problem) {
    super(message, { cause: problem });
    this.status = status;
    this.members = { error: problem.code, ...problem.members };
    this.headers = problem.headers;
  }
}

/** Returns Keycloak's answer for an invalid token. Clients make another DPoP proof only for a 401. */
export function invalidV1(problem: Problem): V1Refusal {
  const status = problem.code === 'use_dpop_nonce' ? 401 : 400;
  return new V1Refusal(status, 'Invalid token.', problem);
}

async function callerOf(deps: BrokerTokenV1Deps, presented: PresentedToken): Promise<Caller> {
  const check = async (asOf: AsOf) => {
    try {
      const { userId, ...verified } = await deps.verify(presented, asOf);
      return userId === undefined ? undefined : callerFrom(verified, userId);
    } catch (error) {
      throw error instanceof Problem && error.status < 500 ? invalidV1(error) : error;
    }
  };
  return await callerBy(deps, check, () => invalidV1(new Problem('invalid_token')));
}

function refusalOf(problem: Problem, { clientId, userId }: Caller, alias: string): V1Refusal {
  switch (problem.code) {
    case 'connection_not_allowed':
    case 'insufficient_scope': {
      const who = `Client [${clientId}] not authorized`;
      return new V1Refusal(403, `${who} to retrieve tokens from identity provider [${alias}].`, problem);
    }
    case 'identity_not_found': {
      const who = `User [${userId}] is not associated`;
      return new V1Refusal(400, `${who} with identity provider [${alias}].`, problem);
    }
    case 'reauthorization_required':
    case 'provider_error':
    case 'provider_unavailable':
      return new V1Refusal(502, 'Unable to refresh token', problem);
    default:
      return new V1Refusal(problem.status, problem.message, problem);
  }
}
