import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Revoker } from '../sessions/revoker.ts';
import { logoutSource } from './provider-pages.ts';

export interface LogoutDeps {
  readonly revoker: Pick<Revoker, 'endSession'>;
  /** As the session's cookie was set. */
  readonly cookie: NonNullable<Configuration['cookies']>['long'];
}

/**
 * OpenID Connect RP-Initiated Logout 1.0 section 2: whoever shows an ID token of this very session has had it from the
 * person, so that they are not asked again. Anybody else is: any page can make a browser fetch the address.
 */
export function createLogoutSource({ revoker, cookie }: LogoutDeps) {
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { session, provider, params } = ctx.oidc;
    if (!session || !isOfThisSession(ctx)) return logoutSource(ctx);
    await revoker.endSession(session.uid);
    await session.destroy();
    ctx.cookies.set(provider.cookieName('session'), null, cookie);
    provider.emit('end_session.success', ctx);
    ctx.status = 303;
    ctx.redirect(goodbyeOf(params) ?? ctx.oidc.urlFor('end_session_success'));
  };
}

/** The hint's signature, issuer and audience have been checked; that it has ended does not matter. */
function isOfThisSession({ oidc }: KoaContextWithOIDC): boolean {
  const { session, client, entities } = oidc;
  const { sub, sid } = entities.IdTokenHint?.payload ?? {};
  if (!session?.accountId || !client || sub !== session.accountId) return false;
  const own = session.authorizations?.[client.clientId];
  return own !== undefined && (sid === undefined || sid === own.sid);
}

/** Registered for this client: that has been checked too. */
function goodbyeOf(params: KoaContextWithOIDC['oidc']['params']): string | undefined {
  const { post_logout_redirect_uri: uri, state } = params ?? {};
  if (typeof uri !== 'string') return undefined;
  const url = new URL(uri);
  if (typeof state === 'string') url.searchParams.set('state', state);
  return url.href;
}
