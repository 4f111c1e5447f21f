import type { Secret } from '../../kit/secret.ts';
import type { TokenSet } from '../contract/arrived.ts';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';

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
