import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import type { ConsentStore } from '../consent/consent-store.ts';
import { traitsOf } from '../registry/client-metadata.ts';

type Oidc = KoaContextWithOIDC['oidc'];

/** The claims of each scope, by their names in the discovery document. */
export const claimsOfScopes = {
  profile: ['name', 'picture', 'updated_at'],
  email: ['email', 'email_verified'],
} as const;

const wish = z.looseObject({ essential: z.boolean().optional(), value: z.unknown(), values: z.unknown() });
const wishes = z.record(z.string(), wish.partial().nullable().catch(null));
const parameter = z.looseObject({ id_token: wishes.optional(), userinfo: wishes.optional() });

/** The scopes that a request with `prompt=none` gets only as far as the person has allowed them before. */
const silent = new WeakMap<object, readonly string[]>();

/**
 * Reads the parameter `claims` (OpenID Connect Core 5.5). A claim comes with its scope, which the person allows and reads on the
 * consent page: so the request asks for that scope too. `sub` and `auth_time` stay for oidc-provider, and unknown claims are left out. oidc-provider has not
 * checked the parameter yet, so one that is no such object is left to it.
 */
export function readClaimsParameter(oidc: Oidc): void {
  const { params } = oidc;
  const claims = parameter.safeParse(parsed(params?.claims)).data;
  if (!params || !(claims?.id_token ?? claims?.userinfo)) return;
  const { id_token: idToken = {}, userinfo = {} } = claims;
  for (const { acr } of [idToken, userinfo]) {
    const isExact = acr?.value !== undefined || acr?.values !== undefined;
    // OpenID Connect Core 5.5.1.1: a sign-in that does not meet it has failed. No provider tells how it knew the person.
    if (acr?.essential && isExact)
      throw new errors.CustomOIDCProviderError(
        'unmet_authentication_requirements',
        'this server states no acr',
      );
  }
  const names = new Set([...Object.keys(idToken), ...Object.keys(userinfo)]);
  const wanted = (['profile', 'email'] as const).filter((scope) =>
    claimsOfScopes[scope].some((name) => names.has(name)),
  );
  const isSilent = String(params.prompt ?? '')
    .split(' ')
    .includes('none');
  // Which person is silently asked is known when the pushed request is used. Until then it keeps a claim of each scope.
  const waiting = isSilent && oidc.route === 'pushed_authorization_request' ? wanted : [];
  const sub = idToken.sub ?? userinfo.sub;
  const kept = {
    ...(sub && { sub }),
    ...('auth_time' in idToken && { auth_time: idToken.auth_time }),
    ...Object.fromEntries(waiting.map((scope) => [claimsOfScopes[scope][0], null])),
  };
  params.claims = Object.keys(kept).length > 0 ? JSON.stringify({ id_token: kept }) : undefined;
  if (wanted.length === 0) return;
  if (isSilent) silent.set(oidc, wanted);
  else addScopes(params, wanted);
}

/**
 * Returns a function that adds the scopes of claims to a request with `prompt=none`, as far as the person has allowed them. A claim that the person has
 * not allowed causes no error (OpenID Connect Core 5.5.1).
 */
export function createSilentClaims(consents: Pick<ConsentStore, 'find'>) {
  return async ({ oidc }: KoaContextWithOIDC): Promise<void> => {
    const { account, client, params } = oidc;
    const wanted = silent.get(oidc);
    if (!wanted || !account || !client || !params) return;
    const consent = await consents.find(account.accountId, client.clientId);
    const { firstParty } = traitsOf(client);
    addScopes(
      params,
      wanted.filter((scope) => firstParty || consent?.scopes.oidc.includes(scope)),
    );
  };
}

function addScopes(params: Record<string, unknown>, wanted: readonly string[]): void {
  const asked = String(params.scope ?? '')
    .split(' ')
    .filter(Boolean);
  params.scope = [...new Set([...asked, ...wanted])].join(' ');
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
