import { z } from 'zod';
import type { NativeProof } from '../../connectors/contract/native.ts';
import { isVisible } from '../../kit/plain-text.ts';
import { Problem } from '../../kit/problem.ts';
import { type NativeLogin, NativeRefusal } from '../../login/native-login.ts';
import { type GrantCall, GrantError } from '../custom-grants.ts';
import type { IssueTokens } from './issue-tokens.ts';

const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;

/** RFC 8693 defines no token type for an authorization code, so this one is ours. */
const codeTokenType = 'urn:symbolon:token-type:authorization-code';

const token = z
  .string()
  .min(1)
  .max(16_384)
  .refine(isVisible, 'must be visible ASCII characters without spaces');

const request = z.object({
  subject_issuer: z.string().min(1).max(64),
  subject_token: token,
  subject_token_type: z.enum([tokenType('id_token'), tokenType('access_token'), codeTokenType]),
  requested_token_type: z.literal(tokenType('access_token')).optional(),
  nonce: z.string().min(1).max(256).optional(),
  code_verifier: z
    .string()
    .regex(/^[\w.~-]{43,128}$/, 'must be 43 to 128 unreserved characters (RFC 7636 section 4.1)')
    .optional(),
  scope: z
    .string()
    .max(2048)
    .default('openid')
    .transform((scope) => [...new Set(scope.split(' ').filter((name) => name !== ''))]),
  resource: z.string().min(1).max(512).optional(),
  audience: z.string().min(1).max(512).optional(),
});

export const nativeParameters = Object.keys(request.shape);

export interface NativeGrantDeps {
  readonly nativeLogin: NativeLogin;
  readonly issueTokens: IssueTokens;
}

/**
 * Handles token exchange (RFC 8693) with `subject_issuer`: an app sends the proof that a provider's SDK gave it, and gets
 * tokens of ours. The person is signed in as in a browser, but without a session.
 */
export function nativeSignIn({ nativeLogin, issueTokens }: NativeGrantDeps) {
  return async ({ clientId, params, sender }: GrantCall): Promise<Record<string, unknown>> => {
    const { subject_issuer: alias, scope: scopes, resource, audience, ...proofParameters } = parsed(params);
    if (resource !== undefined && audience !== undefined && resource !== audience)
      throw new GrantError('invalid_target', 'resource and audience name two targets.');
    const userId = await signIn(nativeLogin, { alias, clientId, proof: proofOf(proofParameters) });
    const issued = await issueTokens({ userId, clientId, scopes, resource: resource ?? audience, sender });
    return { ...issued, issued_token_type: tokenType('access_token') };
  };
}

type ProofParameters = Pick<
  z.output<typeof request>,
  'subject_token' | 'subject_token_type' | 'nonce' | 'code_verifier'
>;

function proofOf({
  subject_token: value,
  subject_token_type,
  nonce,
  code_verifier: verifier,
}: ProofParameters): NativeProof {
  if (subject_token_type === tokenType('id_token')) return { kind: 'id_token', value, nonce };
  return subject_token_type === codeTokenType
    ? { kind: 'code', value, verifier }
    : { kind: 'access_token', value };
}

async function signIn(
  nativeLogin: NativeLogin,
  { alias, clientId, proof }: { alias: string; clientId: string; proof: NativeProof },
): Promise<string> {
  try {
    return await nativeLogin.signIn(alias, proof, clientId);
  } catch (error) {
    if (error instanceof NativeRefusal)
      throw new GrantError(
        error.code,
        error.message,
        error.code === 'temporarily_unavailable' ? { status: 503 } : {},
      );
    // An app does not learn that a person is disabled.
    if (error instanceof Problem && error.status === 403)
      throw new GrantError('invalid_grant', error.message);
    throw error;
  }
}

function parsed(params: GrantCall['params']): z.output<typeof request> {
  const { success, data, error } = request.safeParse(params);
  if (success) return data;
  const [issue] = error.issues;
  throw new GrantError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
}
