import type Provider from 'oidc-provider';
import type { Events } from '../../kit/events/events.ts';
import type { People } from '../ports.ts';
import type { Audiences } from '../registry/audiences.ts';
import type { Revoker } from '../sessions/revoker.ts';

/** What a refresh token of ours stands for. */
export interface RefreshTokenHolder {
  readonly userId: string;
  /** Of the broker's own API, as the grant has them now. */
  readonly scopes: ReadonlySet<string>;
}

/**
 * Undefined for what the refresh grant would refuse this app. The token is looked at and not used up. `now`: a second
 * time in the same request, in the course of which its app may have rotated it.
 */
export type VerifyRefreshToken = (
  token: string,
  clientId: string,
  asOf?: 'now',
) => Promise<RefreshTokenHolder | undefined>;

export interface VerifyRefreshTokenDeps {
  readonly provider: () => Provider;
  readonly audiences: Audiences;
  readonly people: Pick<People, 'find'>;
  readonly revoker: Pick<Revoker, 'revokeGrant'>;
  readonly events: Events;
}

export function createVerifyRefreshToken(deps: VerifyRefreshTokenDeps): VerifyRefreshToken {
  const { provider, audiences, people, revoker, events } = deps;
  return async (token, clientId, asOf) => {
    const { RefreshToken, Grant } = provider();
    const found = await RefreshToken.find(token);
    if (!found || found.clientId !== clientId || found.grantId === undefined) return undefined;
    const { accountId: userId, grantId } = found;
    // Beyond the grace, a rotated token that comes again was stolen, whichever door it comes to.
    if (found.consumed && !asOf) {
      await revoker.revokeGrant(grantId);
      await events.record({ type: 'refresh_token.reused', userId, appId: clientId });
      return undefined;
    }
    const [grant, person] = await Promise.all([Grant.find(grantId), people.find(userId)]);
    if (grant?.accountId !== userId || grant.clientId !== clientId) return undefined;
    if (!person || person.disabled) return undefined;
    const scopes = grant.getResourceScopeFiltered(audiences.broker, found.scopes);
    return { userId, scopes: new Set(scopes.split(' ').filter(Boolean)) };
  };
}
