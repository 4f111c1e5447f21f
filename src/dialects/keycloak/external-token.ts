import { z } from 'zod';
import { type GrantCall, GrantError } from '../../issuance/custom-grants.ts';
import { seconds } from '../../kit/clock.ts';
import { Problem } from '../../kit/problem.ts';
import { type RetrievalDeps, retrieve } from '../../retrieval/retrieve.ts';
import { asGrantError, callerOf, type SubjectDeps, subjectTypes } from '../../retrieval/subject-token.ts';

/**
 * The grant type by which Keycloak's legacy exchange of its own token for a provider's reaches the token
 * endpoint.
 */
export const externalTokenGrant = 'urn:symbolon:grant-type:external-token';

const notSupported = z.undefined({ error: 'is not supported' });

const request = z.object({
  subject_token: z.string().min(1),
  subject_token_type: z.literal(subjectTypes.accessToken).default(subjectTypes.accessToken),
  requested_token_type: z.literal([subjectTypes.accessToken, '']).optional(),
  requested_issuer: z.string().min(1).max(64),
  subject_issuer: notSupported,
  requested_subject: notSupported,
  audience: notSupported,
});

export const externalTokenParameters = Object.keys(request.shape);

export type ExternalTokenDeps = RetrievalDeps & SubjectDeps;

/** Returns the handler of the grant, which resolves to the provider's token. @throws GrantError in Keycloak's words */
export function externalToken(deps: ExternalTokenDeps) {
  return async ({ clientId, params, presented }: GrantCall): Promise<Record<string, unknown>> => {
    const parsed = request.safeParse(params);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new GrantError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
    }
    const { subject_token: token, subject_token_type: type, requested_issuer: ref } = parsed.data;
    const refusal = () => new GrantError('invalid_token', 'Invalid token');
    const caller = await callerOf(deps, clientId, { token: presented(token), type, refusal });
    const linkUrl = deps.links.link(ref, clientId);
    // The token should outlive the app's call of the provider.
    const needs = { minTtl: seconds(60), refreshedSince: undefined };
    try {
      const { access_token, expires_in, scope } = await retrieve(deps, caller, { ref, needs, scopes: [] });
      return {
        access_token,
        ...(expires_in !== null && { expires_in }),
        issued_token_type: subjectTypes.accessToken,
        token_type: 'Bearer',
        scope,
        'account-link-url': linkUrl,
      };
    } catch (error) {
      throw refusalOf(error, linkUrl);
    }
  };
}

function refusalOf(error: unknown, linkUrl: string): unknown {
  if (!(error instanceof Problem)) return error;
  const wayOut = (url: unknown) => ({ ...error.members, 'account-link-url': url });
  switch (error.code) {
    case 'connection_not_allowed':
    case 'insufficient_scope':
      return new GrantError('access_denied', 'Client not allowed to exchange', { status: 403 });
    case 'identity_not_found': {
      const why = 'identity provider is not linked, can only link to current user session';
      return new GrantError('not_linked', why, { members: wayOut(linkUrl) });
    }
    case 'reauthorization_required': {
      const members = wayOut(error.members.reauthorize_url);
      return new GrantError('token_expired', 'linked token is expired', { members });
    }
    default:
      return asGrantError(error);
  }
}
