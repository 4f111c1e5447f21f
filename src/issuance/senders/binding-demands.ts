import type { SenderKeys } from '../../http/bearer.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { AppRegistry } from '../registry/apps.ts';
import { isBoundAs, type TokenBinding } from '../registry/token-binding.ts';

/** A token, as far as an app or an API may demand that it is bound to a key. */
export interface DemandedToken {
  readonly clientId: string;
  /** Undefined for a token by which an app acts for itself, in the background. */
  readonly userId: string | undefined;
  readonly audience: readonly string[];
  readonly bound: SenderKeys;
}

export interface BindingDemands {
  /** Returns the demand of the app, or of an API, that the token does not meet. */
  unmet(token: DemandedToken): Promise<TokenBinding | undefined>;
}

export interface BindingDemandsDeps {
  readonly issuer: string;
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly apis: Pick<ApiRegistry, 'byIdentifier'>;
}

/** Reads apps and APIs through their caches, so that a demand counts at once for the tokens that were issued before. */
export function createBindingDemands({ issuer, apps, apis }: BindingDemandsDeps): BindingDemands {
  // These two APIs have no row, and a cache does not keep that.
  const own = new Set(['/v1', '/userinfo'].map((path) => issuer + path));
  return {
    async unmet({ clientId, userId, audience, bound }) {
      const app = await apps.stored(clientId);
      const demands: TokenBinding[] = [app?.tokenBinding ?? 'none'];
      if (userId === undefined) demands.push(app?.backgroundBinding ?? 'none');
      for (const identifier of audience)
        if (!own.has(identifier)) demands.push((await apis.byIdentifier(identifier))?.tokenBinding ?? 'none');
      return demands.find((demand) => !isBoundAs(demand, bound));
    },
  };
}
