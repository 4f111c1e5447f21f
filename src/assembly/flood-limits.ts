import type { Express } from 'express';
import { createFloodLimits, type FloodLimitSettings, type FloodLimitsDeps } from '../http/flood-limits.ts';

/** The doors at which anyone starts work: sign-in, its callbacks, and the pages behind them. */
const pages = [
  '/authorize',
  '/oidc',
  /^\/connections\/[^/]+\/callback$/,
  /^\/realms\/[^/]+\/protocol\/openid-connect\/(auth|registrations|logout)$/,
  '/interaction',
  '/device',
  '/v2/logout',
  '/account',
  '/console',
];
/** The doors of callers with a bearer token. */
const apis = [
  '/admin',
  '/api/v2',
  '/me',
  '/mcp',
  '/userinfo',
  /^\/realms\/[^/]+\/protocol\/openid-connect\/userinfo$/,
];
/** Files that the database holds: colours, logos, and those that verify a domain. */
const files = ['/branding', /^\/connections\/[^/]+\/logo$/, /^\/(MP|WW)_verify_[^/]+$/];

export interface MountedFloodLimits {
  readonly limitCaller: ReturnType<typeof createFloodLimits>['byCaller'] | undefined;
  mount(app: Express): void;
}

/** Mounts the limits. The token endpoint applies its own, once it has read which client the request names. */
export function prepareFloodLimits(
  deps: Omit<FloodLimitsDeps, 'limits'> & { readonly floodLimits?: FloodLimitSettings | undefined },
): MountedFloodLimits {
  const { floodLimits } = deps;
  if (!floodLimits) return { limitCaller: undefined, mount: () => undefined };
  const limits = createFloodLimits({ ...deps, limits: floodLimits });
  return {
    limitCaller: limits.byCaller,
    mount(app) {
      app.use(pages, limits.byAddress);
      app.use(files, limits.ofFiles);
      app.use(apis, limits.byBearer);
    },
  };
}
