import { z } from 'zod';
import type { PresentedToken } from '../../http/bearer.ts';
import { type GrantCall, GrantError } from '../../issuance/custom-grants.ts';
import { seconds } from '../../kit/clock.ts';
import { Problem } from '../../kit/problem.ts';
import { type AsOf, type Caller, callerBy, callerFrom } from '../../retrieval/permission.ts';
import { type RetrievalDeps, retrieve } from '../../retrieval/retrieve.ts';
import { asGrantError, type SubjectDeps } from '../../retrieval/subject-token.ts';
import { providerAnswer } from './provider-answer.ts';

/**
 * The grant type by which `POST …/broker/{alias}/token` reaches the token endpoint, where clients are
 * authenticated.
 */
export const brokerTokenGrant = 'urn:symbolon:grant-type:broker-token';

const request = z.object({
  token: z.string().min(1),
  connection: z.string().min(1).max(64),
  login_hint: z.string().min(1).max(1024).optional(),
});

export const brokerTokenParameters = Object.keys(request.shape);

export type BrokerTokenV2Deps = RetrievalDeps & Pick<SubjectDeps, 'verify'>;

/**
 * Returns the handler of the grant, which resolves to the provider's token answer. @throws GrantError in
 * Keycloak's words
 */
export function brokerTokenV2(deps: BrokerTokenV2Deps) {
  return async ({
    clientId,
    confidential,
    params,
    presented,
  }: GrantCall): Promise<Record<string, unknown>> => {
    if (!confidential) {
      const refusal = new GrantError('invalid_client', 'Public clients are not allowed', { status: 403 });
      deps.refusals.note(refusal, { why: 'unauthorized_client', appId: clientId });
      throw refusal;
    }
    const parsed = request.safeParse(params);
    if (!parsed.success) throw new GrantError('invalid_request', 'Invalid identity provider or token');
    const { token, connection: ref, login_hint: loginHint } = parsed.data;
    const caller = await callerOf(deps, clientId, presented(token));
    // The token should outlive the app's call of the provider.
    const needs = { minTtl: seconds(60), refreshedSince: undefined };
    try {
      const answer = await retrieve(deps, caller, { ref, loginHint, needs, scopes: [] });
      return providerAnswer(answer, deps.clock);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

async function callerOf(deps: BrokerTokenV2Deps, clientId: string, token: PresentedToken): Promise<Caller> {
  const check = async (asOf: AsOf) => {
    const subject = await deps.verify(token, asOf).catch((error: unknown) => {
      if (error instanceof Problem && error.status < 500) return undefined;
      throw error;
    });
    if (subject?.userId === undefined) return undefined;
    if (subject.clientId !== clientId) {
      const why = 'Client is not within the token audience';
      throw new GrantError('unauthorized_client', why, { status: 403 });
    }
    return callerFrom(subject, subject.userId);
  };
  return await callerBy(deps, check, () => new GrantError('invalid_token', 'Invalid token'));
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  const { members } = error;
  switch (error.code) {
    case 'connection_not_allowed':
    case 'insufficient_scope': {
      const why = 'Client not allowed to retrieve token for the provider';
      return new GrantError('invalid_client', why, { status: 403 });
    }
    case 'identity_not_found':
      return new GrantError('invalid_request', 'User not associated to identity provider', { members });
    case 'reauthorization_required':
      return new GrantError('token_expired', 'No token stored.', { members });
    default:
      return asGrantError(error);
  }
}
