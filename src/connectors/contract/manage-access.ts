import type { Text } from '../../kit/locale.ts';
import type { Endpoints } from './registration.ts';

/** The place at the provider where a person ends the access of an app. At least one of the two is known. */
export interface ManageAccess {
  /** The address of the page; for a provider that can be self-hosted, by the addresses of the connection. */
  readonly url?: string | ((endpoints: Endpoints) => string);
  /** The way through the menus of the provider's own app. */
  readonly menu?: Text;
}

/** Returns the address of the page at the provider on which a person ends the access of an app. */
export function manageAccessUrl({ url }: ManageAccess, endpoints: Endpoints): string | undefined {
  return typeof url === 'function' ? url(endpoints) : url;
}

/** Returns the address of a page on the host that people sign in at. */
export const atSignInHost =
  (path: string) =>
  ({ authorization }: Endpoints): string =>
    new URL(path, authorization).href;
