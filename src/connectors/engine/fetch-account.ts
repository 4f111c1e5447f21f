import type { JsonObject } from '../../kit/exact-json.ts';
import { isPlain } from '../../kit/plain-text.ts';
import type { Secret } from '../../kit/secret.ts';
import type { AccountCall, IdentifyCall } from '../contract/calls.ts';
import type { Connector, OAuth2Connector, OidcConnector, TokenlessConnector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { Registration } from '../contract/registration.ts';
import type { TokenSet, UpstreamAccount } from '../contract/upstream-sign-in.ts';
import { userinfo } from './userinfo.ts';

/**
 * Returns the account of a completed code exchange. `claims`: of the verified ID token, or empty. @throws UpstreamError
 */
export async function fetchAccount(
  connector: OAuth2Connector | OidcConnector,
  call: AccountCall,
  claims: JsonObject,
): Promise<UpstreamAccount> {
  try {
    return withUsableIds(
      await (connector.family === 'oauth2' ? connector.account(call) : fromClaims(connector, call, claims)),
    );
  } catch (error) {
    throw asProfileError(error);
  }
}

/** Returns the token set for an access token about which nothing else is known. */
export function tokenSetOfAccessToken(
  accessToken: Secret,
  connector: Connector,
  registration: Registration,
): TokenSet {
  return {
    accessToken,
    refreshToken: undefined,
    expiresIn: connector.refresh.accessLifetime,
    refreshExpiresIn: undefined,
    scopes: undefined,
    parameters: connector.parameters?.({ accessToken, extra: {}, registration, callback: {} }) ?? {},
    extra: {},
  };
}

/** Returns the account of an access token that came without a sign-in. @throws UpstreamError */
export async function fetchTokenAccount(
  connector: OAuth2Connector | OidcConnector,
  call: AccountCall,
): Promise<UpstreamAccount> {
  if (connector.family === 'oauth2') return await fetchAccount(connector, call, {});
  try {
    return withUsableIds(
      connector.account(await userinfo(connector, call, undefined), call.callback, call.registration),
    );
  } catch (error) {
    throw asProfileError(error);
  }
}

/** Returns the account of a verified ID token that came without a sign-in. @throws UpstreamError */
export function accountFromIdToken(
  connector: Connector,
  claims: JsonObject,
  registration: Registration,
): UpstreamAccount {
  try {
    if (connector.family === 'oidc') return withUsableIds(connector.account(claims, {}, registration));
    if (connector.native?.accountFromClaims) return withUsableIds(connector.native.accountFromClaims(claims));
    throw new Error(`connector ${connector.provider} reads no ID tokens`);
  } catch (error) {
    throw asProfileError(error);
  }
}

/** Returns the account for a code, at a provider that issues no tokens. @throws UpstreamError */
export async function identifyAccount(
  connector: TokenlessConnector,
  call: IdentifyCall,
): Promise<UpstreamAccount> {
  try {
    return withUsableIds(await connector.identify(call));
  } catch (error) {
    throw asProfileError(error);
  }
}

/**
 * Returns the granted scopes, from the token answer or a further call. Undefined: the provider names none. @throws
 * UpstreamError
 */
export async function fetchGrantedScopes(
  connector: OAuth2Connector | OidcConnector,
  call: AccountCall,
): Promise<readonly string[] | undefined> {
  const { scopes } = call.tokens;
  if (scopes || connector.family !== 'oauth2' || !connector.grantedScopes) return scopes;
  return await connector.grantedScopes(call).catch((error: unknown) => {
    throw asProfileError(error);
  });
}

/** Fetches the scopes of a token whose answer the broker has not seen. @throws UpstreamError */
export async function fetchScopesOfToken(
  connector: OAuth2Connector,
  call: AccountCall,
): Promise<readonly string[] | undefined> {
  return await connector.scopesOfToken?.(call).catch((error: unknown) => {
    throw asProfileError(error);
  });
}

/** Returns the account in the claims of the ID token, completed by those of userinfo if the provider has it. */
async function fromClaims(
  connector: OidcConnector,
  call: AccountCall,
  claims: JsonObject,
): Promise<UpstreamAccount> {
  const { callback, registration } = call;
  if (!registration.endpoints.userinfo) return connector.account(claims, callback, registration);
  const asked = await userinfo(connector, call, claims.iss).then(
    (more) => ({ more }),
    (error: unknown) => ({ error }),
  );
  if ('error' in asked) return accountWithoutUserinfo(connector, call, { claims, error: asked.error });
  const { more } = asked;
  // OpenID Connect Core 5.3.2: an answer about another person must not be used.
  if (more.sub !== claims.sub)
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'sub_mismatch' });
  // The address and its verified flag must come from the same source.
  const { email, email_verified = null } = claims.email === undefined ? more : claims;
  const known = { ...more, ...claims, ...(email !== undefined && { email, email_verified }) };
  return connector.account(known, callback, registration);
}

/**
 * Returns the account in the ID token alone. A userinfo endpoint that is down, refuses or sends nonsense then costs a name
 * and a picture, not the sign-in. @throws `error` where the ID token alone is not enough
 */
function accountWithoutUserinfo(
  connector: OidcConnector,
  { callback, registration }: AccountCall,
  { claims, error }: { readonly claims: JsonObject; readonly error: unknown },
): UpstreamAccount {
  try {
    return withUsableIds(connector.account(claims, callback, registration));
  } catch (refusal) {
    const isRefusal = refusal instanceof UpstreamError && refusal.code !== noSubject;
    throw isRefusal ? refusal : error;
  }
}

/** Characters. */
const longestId = 255;
const noSubject = 'no_subject';

export function isUsableId(id: string): boolean {
  return id !== '' && id.length <= longestId && isPlain(id);
}

/**
 * Refuses an unusable id, since ids are never altered. OpenID Connect Core section 2 limits a subject to 255
 * characters.
 */
function withUsableIds(account: UpstreamAccount): UpstreamAccount {
  const usable = [account.subject, ...Object.values(account.alternates)].every(isUsableId);
  if (!usable) throw new UpstreamError('profile', { kind: 'unknown' }, { code: noSubject });
  return account;
}

/** Returns any other error as an UpstreamError: a profile without the declared shape is the provider's fault. */
function asProfileError(cause: unknown): UpstreamError {
  if (cause instanceof UpstreamError) return cause;
  return new UpstreamError('profile', { kind: 'unknown' }, { code: 'bad_profile', cause });
}
