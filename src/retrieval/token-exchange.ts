import { z } from 'zod';
import { type GrantCall, GrantError } from '../issuance/custom-grants.ts';
import { seconds } from '../kit/clock.ts';
import { isId } from '../kit/ids.ts';
import { tokenQuery } from './input.ts';
import {
  exchanged,
  type OnBehalfExchange,
  onBehalfParameters,
  providerTokenType,
} from './on-behalf-exchange.ts';
import { type RetrievalDeps, retrieve } from './retrieve.ts';
import { asGrantError, callerOf, type SubjectDeps, subjectTypes } from './subject-token.ts';

/**
 * RFC 8693: an app exchanges its user's token for the provider's, under the same rules as the REST endpoint.
 */
export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

const notSupported = z.undefined({ error: 'is not supported' });

const request = z.object({
  subject_token: z.string().min(1),
  subject_token_type: z.enum(subjectTypes),
  requested_token_type: z.literal(providerTokenType),
  connection: z.string().min(1).max(64).describe('An identity id or a connection alias'),
  login_hint: z.string().min(1).max(1024).optional(),
  scope: tokenQuery.shape.scope,
  min_ttl: tokenQuery.shape.min_ttl,
  force: tokenQuery.shape.force,
  actor_token: notSupported,
  actor_token_type: notSupported,
});

/** RFC 8693 section 2.1 names the target by these parameters; here the connection names it. */
const targets = ['resource', 'audience'];
export const tokenExchangeParameters = [
  ...new Set([...Object.keys(request.shape), ...targets, ...onBehalfParameters]),
];

export type TokenExchangeDeps = RetrievalDeps & SubjectDeps & { readonly onBehalf: OnBehalfExchange };

/**
 * Returns the handler of the grant, which resolves to the token response. @throws GrantError with the codes
 * of the REST endpoint.
 */
export function tokenExchange(deps: TokenExchangeDeps) {
  return async (call: GrantCall): Promise<Record<string, unknown>> => {
    const { clientId, confidential, params, presented } = call;
    if (!confidential) {
      const refusal = new GrantError('unauthorized_client', 'This is for apps that can keep a secret.');
      deps.refusals.note(refusal, { why: refusal.code, appId: clientId });
      throw refusal;
    }
    // An API has no tokens of its own, and only an API gets a token of ours in exchange.
    if (isId('api', clientId) || wantsOwnToken(params)) return await deps.onBehalf.exchange(call);
    const found = await deps.onBehalf.find(call);
    if (found) return await deps.onBehalf.exchange(call, found);
    const arrivedAt = deps.clock.now();
    const { subject_token: token, subject_token_type: type, ...fields } = parsed(params);
    const refusal = () =>
      new GrantError('invalid_grant', 'The subject token is not a valid token of this app for a user.');
    const caller = await callerOf(deps, clientId, { token: presented(token), type, refusal });
    const { connection: ref, login_hint: loginHint, min_ttl, force, scope: scopes = [] } = fields;
    const needs = { minTtl: seconds(min_ttl), refreshedSince: force === 'true' ? arrivedAt : undefined };
    try {
      return exchanged(await retrieve(deps, caller, { ref, loginHint, needs, scopes }));
    } catch (error) {
      throw asGrantError(error);
    }
  };
}

function wantsOwnToken({ requested_token_type: type, resource, audience }: GrantCall['params']): boolean {
  return type === subjectTypes.accessToken || (type === undefined && (resource ?? audience) !== undefined);
}

function parsed(params: GrantCall['params']): z.output<typeof request> {
  if (targets.some((name) => params[name] !== undefined)) {
    throw new GrantError('invalid_target', 'The token is asked for by connection.');
  }
  const { success, data, error } = request.safeParse(params);
  if (success) return data;
  const [issue] = error.issues;
  throw new GrantError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
}
