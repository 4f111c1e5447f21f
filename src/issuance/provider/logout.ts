import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Revoker } from '../sessions/revoker.ts';
import { renderLogoutConfirmation } from './pages.ts';

export interface LogoutDeps {
  readonly revoker: Pick<Revoker, 'endSession'>;
  /** The options that the session's cookie was set with. */
  readonly cookie: NonNullable<Configuration['cookies']>['long'];
}

/**
 * Returns the handler of a logout request (OpenID Connect RP-Initiated Logout 1.0 section 2). An app that sends an ID token
 * of this very session got it from the person, so the session ends at once. Any other request is answered with a
 * confirmation page, because any page can make a browser open the logout address.
 */
export function createLogoutSource({ revoker, cookie }: LogoutDeps) {
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { session, provider, params } = ctx.oidc;
    if (!session || !isHintOfThisSession(ctx)) return renderLogoutConfirmation(ctx);
    await revoker.endSession(session.uid);
    await session.destroy();
    ctx.cookies.set(provider.cookieName('session'), null, cookie);
    provider.emit('end_session.success', ctx);
    ctx.status = 303;
    ctx.redirect(postLogoutUri(params) ?? ctx.oidc.urlFor('end_session_success'));
  };
}

/** oidc-provider has checked the hint's signature, issuer and audience. An expired hint is accepted. */
function isHintOfThisSession({ oidc }: KoaContextWithOIDC): boolean {
  const { session, client, entities } = oidc;
  const { sub, sid } = entities.IdTokenHint?.payload ?? {};
  if (!session?.accountId || !client || sub !== session.accountId) return false;
  const authorization = session.authorizations?.[client.clientId];
  return authorization !== undefined && (sid === undefined || sid === authorization.sid);
}

/** oidc-provider has checked that the URI is registered for this client. */
function postLogoutUri(params: KoaContextWithOIDC['oidc']['params']): string | undefined {
  const { post_logout_redirect_uri: uri, state } = params ?? {};
  if (typeof uri !== 'string') return undefined;
  const url = new URL(uri);
  if (typeof state === 'string') url.searchParams.set('state', state);
  return url.href;
}
