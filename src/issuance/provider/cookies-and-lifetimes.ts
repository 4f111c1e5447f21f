import type { Configuration } from 'oidc-provider';
import type { IssuanceDeps } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import { systemTime } from '../system-time.ts';
import { backchannelLifetime } from './backchannel.ts';

/**
 * Returns the cookie settings. `__Host-` requires the path `/`. The cookies of an interaction have its own path, so that
 * sign-ins in two tabs do not disturb each other.
 */
export function createCookies({
  secure,
  keyring,
}: Pick<IssuanceDeps, 'secure' | 'keyring'>): NonNullable<Configuration['cookies']> {
  const options = { httpOnly: true, secure, sameSite: 'lax', signed: true, overwrite: true } as const;
  return {
    keys: [...keyring.derive('cookies')],
    long: { ...options, path: '/' },
    short: options,
    names: {
      session: secure ? '__Host-symbolon_sso' : 'symbolon_sso',
      interaction: secure ? '__Secure-symbolon_interaction' : 'symbolon_interaction',
      resume: secure ? '__Secure-symbolon_resume' : 'symbolon_resume',
    },
  };
}

/** Lifetimes in seconds, the unit of oidc-provider. */
const hour = 3600;
const day = 24 * hour;
const idleRefresh = 30 * day;
const absoluteRefresh = 180 * day;
/** Each use of a session begins it anew. */
export const sessionLifetime = 14 * day;

/** Returns the lifetimes. `idleDays`: of a refresh token that an app which registered itself does not use. */
export const lifetimesWith = (idleDays: () => number): NonNullable<Configuration['ttl']> => ({
  AccessToken: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? 3600,
  ClientCredentials: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? 3600,
  AuthorizationCode: 60,
  BackchannelAuthenticationRequest: (_ctx, { params }) => backchannelLifetime(params),
  DeviceCode: 600,
  // The first lifetime of a grant: each token that it issues extends it (grant-lifetime.ts).
  Grant: (_ctx, grant) => (grant.getOIDCScope().split(' ').includes('offline_access') ? 31 * day : 2 * hour),
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: (_ctx, { iiat }, client) =>
    refreshLifetime(iiat, traitsOf(client).registration === null ? idleRefresh : idleDays() * day),
  Session: sessionLifetime,
});

/**
 * Returns the lifetime of a refresh token in seconds. Each rotation extends it by `idle`, up to 180 days after the first
 * token of its family, which was issued at `began` (seconds since 1970; undefined: now).
 */
function refreshLifetime(began: number | undefined, idle: number): number {
  const age = began === undefined ? 0 : Math.floor(systemTime().getTime() / 1000) - began;
  return Math.max(1, Math.min(idle, absoluteRefresh - age));
}
