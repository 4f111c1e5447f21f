import type { KoaContextWithOIDC } from 'oidc-provider';
import { traitsOf } from '../registry/client-metadata.ts';

/**
 * Returns whether the person has to confirm the app. RFC 8252 section 8.6: any app on the device can listen on a loopback
 * port or register a private-use scheme. Earlier consent therefore does not prove which app asks now. A claimed https
 * address does.
 */
export function isUnprovenApp({ oidc }: KoaContextWithOIDC): boolean {
  const { client, params, result } = oidc;
  if (!client || result?.consent) return false;
  const { type, firstParty } = traitsOf(client);
  return type === 'native' && !firstParty && !String(params?.redirect_uri).startsWith('https:');
}
