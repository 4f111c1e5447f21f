import { decodeProtectedHeader } from 'jose';
import Provider from 'oidc-provider';
import type { StoredApp } from '../registry/app-store.ts';
import type { ClientKeySets } from '../registry/client-key-sets.ts';
import type { ClientKeys } from '../registry/client-keys.ts';

/**
 * Returns the keys that an app publishes at its `jwks_uri`, while oidc-provider looks the app up for a request that it has signed.
 * Otherwise no key is needed, and none is fetched. oidc-provider would fetch them itself, for each of its
 * client objects, without our cache and its limits.
 */
export async function publishedKeys(
  { jwksUri }: Pick<StoredApp, 'jwksUri'>,
  keySets: Pick<ClientKeySets, 'keysAt'>,
): Promise<ClientKeys | undefined> {
  const kids = keyIdsIn(Provider.ctx?.oidc?.params);
  return jwksUri === null || kids.length === 0 ? undefined : await keySets.keysAt(jwksUri, kids);
}

/** Returns the key ids of the JWTs in a request; undefined stands for a JWT that names none. */
function keyIdsIn(params: Readonly<Record<string, unknown>> | undefined): readonly (string | undefined)[] {
  return [params?.client_assertion, params?.request].flatMap((jwt) => {
    if (typeof jwt !== 'string') return [];
    try {
      const { kid } = decodeProtectedHeader(jwt);
      return [kid];
    } catch {
      return [];
    }
  });
}
