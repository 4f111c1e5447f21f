import type { ReadUser } from './exported-user.ts';
import { readAuth0User } from './formats/auth0.ts';
import { readBetterAuthUser } from './formats/better-auth.ts';
import { readKeycloakUser } from './formats/keycloak.ts';
import { readLogtoUser } from './formats/logto.ts';

/** A product whose exports can be imported. */
export interface Product {
  readonly read: ReadUser;
  /** True if a file may hold several realms, of which one is imported. */
  readonly realms?: true;
}

/** The products by their name on the command line. */
export const products = {
  auth0: { read: readAuth0User },
  keycloak: { read: readKeycloakUser, realms: true },
  'better-auth': { read: readBetterAuthUser },
  logto: { read: readLogtoUser },
} as const satisfies Readonly<Record<string, Product>>;

export type ProductName = keyof typeof products;
