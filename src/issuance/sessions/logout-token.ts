import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { newHandle } from '../../kit/ids.ts';

/** OpenID Connect Back-Channel Logout 1.0 section 2.4; signed as this app's ID tokens are, for two minutes. */
export async function logoutToken(
  provider: Provider,
  client: Client,
  { userId, sid }: { readonly userId: string; readonly sid: string },
): Promise<string> {
  const token = new provider.IdToken({ sub: userId }, { client });
  // Of what is known of the person this names the subject alone.
  Object.assign(token, { mask: { sub: null } });
  token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} });
  token.set('jti', newHandle());
  token.set('sid', sid);
  return await token.issue({ use: 'logout' });
}
