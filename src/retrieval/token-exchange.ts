import { z } from 'zod';
import { type GrantCall, GrantError } from '../issuance/further-grants.ts';
import { seconds } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import { tokenQuery } from './input.ts';
import { type RetrievalDeps, retrieve } from './retrieve.ts';
import type { VerifiedToken } from './routes.ts';

/** RFC 8693: an app trades its user's access token for the provider's, under the same rules as the REST endpoint. */
export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const providerTokenType = 'urn:symbolon:token-type:idp-access-token';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

const request = z.object({
  subject_token: z.string().min(1),
  subject_token_type: z.literal(accessTokenType),
  requested_token_type: z.literal(providerTokenType),
  connection: z.string().min(1).max(64).describe('An identity id or a connection alias'),
  scope: tokenQuery.shape.scope,
  min_ttl: tokenQuery.shape.min_ttl,
});

export const tokenExchangeParameters = Object.keys(request.shape);

export interface TokenExchangeDeps extends RetrievalDeps {
  readonly verify: (token: string) => Promise<VerifiedToken>;
}

/** Answers the token response. @throws GrantError with the codes of the REST endpoint. */
export function tokenExchange(deps: TokenExchangeDeps) {
  return async ({ clientId, params }: GrantCall): Promise<Record<string, unknown>> => {
    const parsed = request.safeParse(params);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new GrantError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
    }
    const { subject_token, connection, scope = [], min_ttl } = parsed.data;
    const subject = await deps.verify(subject_token).catch(() => undefined);
    // Whoever holds another app's token must not draw on what the user allowed that app.
    if (subject?.userId === undefined || subject.clientId !== clientId) {
      throw new GrantError(
        'invalid_grant',
        'The subject token is not a valid access token of this app for a user.',
      );
    }
    const caller = { userId: subject.userId, clientId, scopes: subject.scopes, background: false };
    const wish = { minTtl: seconds(min_ttl), refreshedSince: undefined };
    try {
      const answer = await retrieve(deps, caller, { ref: connection, wish, scopes: scope });
      const { access_token, expires_in, scope: granted, identity, parameters, usage } = answer;
      return {
        access_token,
        issued_token_type: providerTokenType,
        token_type: 'Bearer',
        ...(expires_in !== null && { expires_in }),
        scope: granted,
        identity,
        parameters,
        usage,
      };
    } catch (error) {
      if (error instanceof Problem) throw new GrantError(error.code, error.message, error.status);
      throw error;
    }
  };
}
