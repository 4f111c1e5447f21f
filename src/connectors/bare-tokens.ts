import type { Secret } from '../kit/secret.ts';
import type { TokenSet } from './arrived.ts';
import type { Connector } from './contract.ts';
import type { Registration } from './registration.ts';

/** An access token of which nothing else is known. */
export function bareTokens(accessToken: Secret, connector: Connector, registration: Registration): TokenSet {
  return {
    accessToken,
    refreshToken: undefined,
    expiresIn: connector.refresh.accessLifetime,
    refreshExpiresIn: undefined,
    scopes: undefined,
    parameters: connector.parameters?.({ accessToken, extra: {}, registration, callback: {} }) ?? {},
    extra: {},
  };
}
