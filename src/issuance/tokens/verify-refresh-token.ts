import type Provider from 'oidc-provider';
import type { PresentedToken } from '../../http/bearer.ts';
import type { Events } from '../../kit/events/events.ts';
import {
  type ConnectionBinding,
  connectionsBound,
  type KnownConnections,
} from '../consent/connection-binding.ts';
import { bindingOfGrant } from '../consent/scopes.ts';
import type { People } from '../ports.ts';
import type { Audiences } from '../registry/audiences.ts';
import { type BindingDemands, createRequireBound } from '../senders/binding-demands.ts';
import type { Senders } from '../senders/sender-check.ts';
import type { Revoker } from '../sessions/revoker.ts';

/** The user and scopes of one of our refresh tokens. */
export interface RefreshTokenHolder {
  readonly userId: string;
  /** Scopes of the broker's own API that the grant has now. */
  readonly scopes: ReadonlySet<string>;
  /** The connections that its `idp:{alias}` scopes are for. */
  readonly granted: ConnectionBinding;
}

/**
 * Returns undefined for a token that the refresh grant would refuse this app, which has authenticated. The token is not
 * consumed. `now` marks the second check within one request, during which the app may have rotated the token.
 * @throws GrantError where the request proves no key, and the app demands one
 */
export type VerifyRefreshToken = (
  presented: PresentedToken,
  clientId: string,
  asOf?: 'now',
) => Promise<RefreshTokenHolder | undefined>;

export interface VerifyRefreshTokenDeps {
  readonly provider: () => Provider;
  readonly senders: Pick<Senders, 'check' | 'ofTokenRequest'>;
  readonly demands: Pick<BindingDemands, 'keysFor'>;
  readonly audiences: Audiences;
  readonly knownConnections: KnownConnections;
  readonly people: Pick<People, 'find'>;
  readonly revoker: Pick<Revoker, 'revokeGrant'>;
  readonly events: Events;
}

export function createVerifyRefreshToken(deps: VerifyRefreshTokenDeps): VerifyRefreshToken {
  const { senders, provider, audiences, knownConnections, people, revoker, events } = deps;
  const requireBound = createRequireBound(deps);
  return async (presented, clientId, asOf) => {
    const { RefreshToken, Grant } = provider();
    const found = await RefreshToken.find(presented.token);
    if (!found || found.clientId !== clientId || found.grantId === undefined) return undefined;
    await senders.check(presented, { jkt: found.jkt, x5t: found['x5t#S256'] });
    const { accountId: userId, grantId } = found;
    // A rotated token that is used again after the grace period counts as stolen, at this endpoint too.
    if (found.consumed && !asOf) {
      await revoker.revokeGrant(grantId);
      await events.record({ type: 'refresh_token.reused', userId, appId: clientId });
      return undefined;
    }
    // RFC 9449 section 5 binds no refresh token of such an app: it proves a key with each use.
    const sender = await senders.ofTokenRequest(presented.request);
    await requireBound({ clientId, userId, sender });
    const [grant, person] = await Promise.all([Grant.find(grantId), people.find(userId)]);
    if (grant?.accountId !== userId || grant.clientId !== clientId) return undefined;
    if (!person || person.disabled) return undefined;
    const filtered = grant.getResourceScopeFiltered(audiences.broker, found.scopes);
    const scopes = new Set(filtered.split(' ').filter(Boolean));
    const binding = bindingOfGrant(grant);
    const connections = connectionsBound(scopes, binding, await knownConnections());
    return { userId, scopes, granted: { ...binding, connections } };
  };
}
