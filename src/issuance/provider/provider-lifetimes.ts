import type { Configuration } from 'oidc-provider';
import { oidcTime } from '../oidc-time.ts';

/** In seconds, as everything that oidc-provider counts. */
const hour = 3600;
const day = 24 * hour;
const idleRefresh = 30 * day;
const absoluteRefresh = 180 * day;

export const lifetimes: NonNullable<Configuration['ttl']> = {
  AccessToken: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? 3600,
  ClientCredentials: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? 3600,
  AuthorizationCode: 60,
  // Prolonged by the tokens it issues.
  Grant: (_ctx, grant) => (grant.getOIDCScope().split(' ').includes('offline_access') ? 31 * day : 2 * hour),
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: (_ctx, { iiat }) => refreshLifetime(iiat),
  Session: 14 * day,
};

/** Slides with every use, but not beyond an end counted from the first one of the family. */
function refreshLifetime(began: number | undefined): number {
  const age = began === undefined ? 0 : Math.floor(oidcTime().getTime() / 1000) - began;
  return Math.max(1, Math.min(idleRefresh, absoluteRefresh - age));
}
