import type { Secret } from '../kit/secret.ts';
import type { Open, ReadUser } from './exported-user.ts';
import { readAuth0User } from './formats/auth0.ts';
import { readAuthjsUser } from './formats/authjs.ts';
import { readBetterAuthUser } from './formats/better-auth.ts';
import { openBetterAuthTokens } from './formats/better-auth-secrets.ts';
import { readCasdoorUser } from './formats/casdoor.ts';
import { readClerkUser } from './formats/clerk.ts';
import { readFirebaseUser } from './formats/firebase.ts';
import { readJsonUser } from './formats/json.ts';
import { readKeycloakUser } from './formats/keycloak.ts';
import { readLogtoUser } from './formats/logto.ts';
import { openLogtoSecrets } from './formats/logto-secrets.ts';
import { readSupabaseUser } from './formats/supabase.ts';

/** A product whose exports can be imported. */
export interface Product {
  readonly read: ReadUser;
  /** Returns the opener of tokens that the product encrypts, for a secret of the product. @throws UnusableSecretError */
  readonly opener?: (secret: Secret) => Open;
  /** True if a file may hold several realms, of which one is imported. */
  readonly realms?: true;
}

/** The products by their name on the command line. */
export const products = {
  auth0: { read: readAuth0User },
  keycloak: { read: readKeycloakUser, realms: true },
  'better-auth': { read: readBetterAuthUser, opener: openBetterAuthTokens },
  casdoor: { read: readCasdoorUser },
  clerk: { read: readClerkUser },
  firebase: { read: readFirebaseUser },
  logto: { read: readLogtoUser, opener: openLogtoSecrets },
  authjs: { read: readAuthjsUser },
  supabase: { read: readSupabaseUser },
  json: { read: readJsonUser },
} as const satisfies Readonly<Record<string, Product>>;

export type ProductName = keyof typeof products;
