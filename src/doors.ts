import type { Express } from 'express';
import { tokenVaultExchange, tokenVaultGrant, tokenVaultParameters } from './dialects/auth0/token-vault.ts';
import {
  brokerTokenGrant,
  brokerTokenParameters,
  brokerTokenV2,
} from './dialects/keycloak/broker-token-v2.ts';
import {
  externalToken,
  externalTokenGrant,
  externalTokenParameters,
} from './dialects/keycloak/external-token.ts';
import { keycloakRoutes } from './dialects/keycloak/routes.ts';
import type { ErrorDialect } from './http/errors.ts';
import type { Issuance } from './issuance/issuance.ts';
import { createLinks } from './retrieval/links.ts';
import type { RetrievalDeps } from './retrieval/retrieve.ts';
import { retrievalRoutes } from './retrieval/routes.ts';
import { tokenExchange, tokenExchangeGrant, tokenExchangeParameters } from './retrieval/token-exchange.ts';

export interface DoorsDeps extends Omit<RetrievalDeps, 'links' | 'policyOf' | 'identities'> {
  readonly issuer: string;
  readonly realm: string;
  readonly issuance: Issuance;
  readonly identities: Parameters<typeof retrievalRoutes>[0]['identities'];
}

/** The doors by which apps come for providers' tokens. All lead to one rule, that of `retrieval`. */
export interface Doors {
  mountDialects(app: Express): void;
  /** Goes first, since it is asked a thousand times for every sign-in. */
  mountRetrieval(app: Express): void;
}

export function createDoors({ issuer, realm, issuance, ...rest }: DoorsDeps): Doors {
  const retrieval = {
    ...rest,
    links: createLinks(issuer),
    policyOf: async (clientId: string, connectionId: string) =>
      (await issuance.apps.policyOf(clientId)).get(connectionId),
    verify: (token: string) => issuance.verifyAccessToken(token, `${issuer}/v1`),
    verifyRefreshToken: issuance.verifyRefreshToken,
    standingScopes: issuance.standingScopes,
  };
  issuance.registerGrant(tokenExchangeGrant, tokenExchangeParameters, tokenExchange(retrieval));
  issuance.registerGrant(tokenVaultGrant, tokenVaultParameters, tokenVaultExchange(retrieval));
  issuance.registerGrant(brokerTokenGrant, brokerTokenParameters, brokerTokenV2(retrieval));
  issuance.registerGrant(externalTokenGrant, externalTokenParameters, externalToken(retrieval));
  return {
    mountDialects: (app) => void app.use(keycloakRoutes({ ...retrieval, realm, issuance })),
    mountRetrieval: (app) => void app.use('/v1', retrievalRoutes(retrieval)),
  };
}

/** In which words a path's failures are told. */
export function errorDialectOf({ path }: { readonly path: string }): ErrorDialect {
  if (/^\/(v1|admin|openapi\.json)(\/|$)/.test(path)) return 'problem';
  if (/^\/(oauth\/|userinfo$|\.well-known\/|realms\/)/.test(path)) return 'oauth';
  return 'page';
}
