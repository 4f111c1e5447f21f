import type { SenderKeys } from '../../http/bearer.ts';
import { GrantError } from '../custom-grants.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import { isBoundAs, type TokenBinding } from '../registry/token-binding.ts';

/** A token, as far as an app or an API may demand that it is bound to a key. */
export interface DemandedToken {
  readonly clientId: string;
  /** Undefined for a token by which an app acts for itself, in the background. */
  readonly userId: string | undefined;
  readonly audience: readonly string[];
  /** The id of the API that acts by it on behalf of an app; undefined: none does. */
  readonly api?: string | undefined;
  readonly bound: SenderKeys;
}

export interface BindingDemands {
  /** Returns the demand of the app, or of an API, that the token does not meet. */
  unmet(token: DemandedToken): Promise<TokenBinding | undefined>;
  /**
   * Returns the keys that a new token is to be bound to, of those that its request proves, and the demand that they do not
   * meet. A certificate is one of them only where a demand needs it: that of a service in a mesh changes every hour.
   */
  keysFor(token: DemandedToken): Promise<BindingKeys>;
}

export interface BindingKeys {
  readonly bound: SenderKeys;
  readonly unmet: TokenBinding | undefined;
}

/** Tells an app the key that it has not proven, by the demand. */
export const bindingNeeded: Readonly<Record<TokenBinding, string>> = {
  none: '',
  dpop: 'these tokens must be bound to a key: a DPoP proof is needed',
  mtls: 'these tokens must be bound to a client certificate',
  any: 'these tokens must be bound to a key: a DPoP proof or a client certificate is needed',
};

/** An exchange of a token for another one, or for a provider's, by a client that has authenticated. */
export interface BoundExchange extends Pick<DemandedToken, 'clientId' | 'userId' | 'api'> {
  /** The keys that its request proves. */
  readonly sender: SenderKeys;
}

/** Returns the keys to bind a new token to. @throws GrantError where the request does not meet a demand */
export type RequireBound = (exchange: BoundExchange) => Promise<SenderKeys>;

export interface RequireBoundDeps {
  readonly demands: Pick<BindingDemands, 'keysFor'>;
  readonly audiences: Pick<Audiences, 'broker'>;
}

export function createRequireBound({ demands, audiences }: RequireBoundDeps): RequireBound {
  return async ({ sender, ...exchange }) => {
    const token = { ...exchange, audience: [audiences.broker], bound: sender };
    const { bound, unmet } = await demands.keysFor(token);
    // RFC 8693 section 2.2.2: the request itself is not valid.
    if (unmet) throw new GrantError('invalid_request', bindingNeeded[unmet]);
    return bound;
  };
}

export interface BindingDemandsDeps {
  readonly issuer: string;
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly apis: Pick<ApiRegistry, 'byIdentifier' | 'known'>;
}

/** Reads apps and APIs through their caches, so that a demand counts at once for the tokens that were issued before. */
export function createBindingDemands({ issuer, apps, apis }: BindingDemandsDeps): BindingDemands {
  // These two APIs have no row, and a cache does not keep that.
  const own = new Set(['/v1', '/userinfo'].map((path) => issuer + path));
  async function demandsOn({ clientId, userId, audience, api }: Omit<DemandedToken, 'bound'>) {
    const app = await apps.stored(clientId);
    const demands: TokenBinding[] = [app?.tokenBinding ?? 'none'];
    if (userId === undefined) demands.push(app?.backgroundBinding ?? 'none');
    for (const identifier of audience)
      if (!own.has(identifier)) demands.push((await apis.byIdentifier(identifier))?.tokenBinding ?? 'none');
    // Such an API was called by a bound token, and its own would be worth as much to a thief.
    if (api !== undefined) demands.push((await apis.known(api))?.tokenBinding ?? 'none');
    return demands;
  }

  return {
    async unmet({ bound, ...token }) {
      return (await demandsOn(token)).find((demand) => !isBoundAs(demand, bound));
    },
    async keysFor({ bound: { jkt, x5t }, ...token }) {
      const demands = await demandsOn(token);
      const needsCertificate = demands.some((demand) => !isBoundAs(demand, { jkt }));
      const bound = { jkt, ...(needsCertificate && { x5t }) };
      return { bound, unmet: demands.find((demand) => !isBoundAs(demand, bound)) };
    },
  };
}
