import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import type { KnownConnection } from '../ports.ts';
import { type ConnectionBinding, connectionsNamed } from './connection-binding.ts';

/** The scopes of a grant: OpenID Connect's own, and those of each resource. */
export interface Scopes {
  readonly oidc: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** The ids of the connections that the `idp:{alias}` scopes are for. */
  readonly connections: readonly string[];
}

/** The scopes that the person has left out of a consent, and the ids of their connections. */
export type Declined = Pick<Scopes, 'resources' | 'connections'>;

export const noScopes: Scopes = { oidc: [], resources: {}, connections: [] };

/** Returns the scopes of an authorization request, without unknown ones. */
export function requestedScopes(
  { oidc }: KoaContextWithOIDC,
  connections: readonly KnownConnection[],
): Scopes {
  const asked = [...oidc.requestParamScopes];
  const resources = Object.entries(oidc.resourceServers ?? {}).map(([resource, server]) => {
    const known = new Set(server.scope?.split(' '));
    return [resource, asked.filter((scope) => known.has(scope))] as const;
  });
  return {
    oidc: [...oidc.requestParamOIDCScopes],
    resources: Object.fromEntries(resources),
    connections: connectionsNamed(
      resources.flatMap(([, list]) => list),
      connections,
    ),
  };
}

export function intersectionOf(one: Scopes, other: Scopes): Scopes {
  return combine(one, other, (list, others = []) => list.filter((scope) => others.includes(scope)));
}

export function unionOf(one: Scopes, other: Scopes): Scopes {
  return combine(
    { ...one, resources: { ...emptied(other.resources), ...one.resources } },
    other,
    (list, others = []) => [...new Set([...list, ...others])],
  );
}

/** A grant records the connections of its `idp:{alias}` scopes, which oidc-provider's own grants do not. */
export type BoundGrant = Grant & {
  connections?: readonly string[];
  /** Scopes that the person has added since, by API. Tokens that were issued before do not name them. */
  later?: Scopes['resources'];
};

/** Returns the declined scopes without the allowed ones, and with the others that the person has just left out. */
export function declinedAfter(before: Declined, allowed: Scopes, now: Declined): Declined {
  const oidc: readonly string[] = [];
  const rest = combine({ oidc, ...before }, { ...allowed, connections: [] }, (list, others = []) =>
    list.filter((scope) => !others.includes(scope)),
  );
  return unionOf(rest, { oidc, ...now });
}

export function addTo(grant: BoundGrant, scopes: Scopes): void {
  grant.connections = [...new Set([...(grant.connections ?? []), ...scopes.connections])];
  if (scopes.oidc.length > 0) grant.addOIDCScope([...scopes.oidc]);
  for (const [resource, list] of Object.entries(scopes.resources)) {
    if (list.length > 0) grant.addResourceScope(resource, [...list]);
  }
}

/** Returns the connections of a grant's `idp:{alias}` scopes, and when it was made. */
export function bindingOfGrant({ connections, iat = 0 }: BoundGrant): ConnectionBinding {
  return { connections, at: new Date(iat * 1000) };
}

export function grantCovers(grant: BoundGrant, scopes: Scopes): boolean {
  const has = (granted: string, wanted: readonly string[]) => {
    const known = new Set(granted.split(' '));
    return wanted.every((scope) => known.has(scope));
  };
  return (
    has(grant.getOIDCScope(), scopes.oidc) &&
    scopes.connections.every((id) => grant.connections?.includes(id)) &&
    Object.entries(scopes.resources).every(([resource, list]) => has(grant.getResourceScope(resource), list))
  );
}

/** Makes oidc-provider count the scopes as answered: it does not grant them, and does not ask for them. */
export function rejectFor(grant: Grant, resources: Scopes['resources']): void {
  for (const [resource, list] of Object.entries(resources)) {
    if (list.length > 0) grant.rejectResourceScope(resource, [...list]);
  }
}

export function rejects(grant: Grant, resources: Scopes['resources']): boolean {
  return Object.entries(resources).every(([resource, list]) => {
    const known = new Set(grant.getRejectedResourceScope(resource).split(' '));
    return list.every((scope) => known.has(scope));
  });
}

export function isEmpty(resources: Scopes['resources']): boolean {
  return Object.values(resources).every((list) => list.length === 0);
}

export function without(scopes: Scopes, unwanted: string): Scopes {
  const rest = (list: readonly string[]) => list.filter((scope) => scope !== unwanted);
  const resources = Object.entries(scopes.resources).map(
    ([resource, list]) => [resource, rest(list)] as const,
  );
  return { ...scopes, oidc: rest(scopes.oidc), resources: Object.fromEntries(resources) };
}

/** Scopes of one API, with its identifier. Another API may have scopes of the same names. */
const scopesOfApi = z.object({ api: z.string(), scopes: z.array(z.string()).readonly() });
export type ScopesOfApi = z.output<typeof scopesOfApi>;

export function withoutOfApi(scopes: Scopes, { api, scopes: unwanted }: ScopesOfApi): Scopes {
  const resources = Object.entries(scopes.resources).map(
    ([resource, list]) =>
      [resource, resource === api ? list.filter((scope) => !unwanted.includes(scope)) : list] as const,
  );
  return { ...scopes, resources: Object.fromEntries(resources) };
}

/** Returns the part of a consent that an event says was withdrawn; undefined: all of it. */
export function withdrawnPart(event: {
  readonly detail?: unknown;
  readonly connection?: string | undefined;
}): string | ScopesOfApi | undefined {
  return scopesOfApi.safeParse(event.detail).data ?? (event.connection && `idp:${event.connection}`);
}

const storedGrant = z.object({
  openid: z.object({ scope: z.string().default('') }).default({ scope: '' }),
  resources: z.record(z.string(), z.string()).default({}),
});

/** Returns the scopes of a stored grant. `api`: those of one API. */
export function scopesOfGrant(payload: string, api?: string): readonly string[] {
  const { openid, resources } = storedGrant.parse(JSON.parse(payload));
  const lists = Object.entries(resources).flatMap(([name, list]) =>
    api === undefined || name === api ? [list] : [],
  );
  return [...(api === undefined ? [openid.scope] : []), ...lists].flatMap((list) => list.split(' '));
}

type Combine = (list: readonly string[], others: readonly string[] | undefined) => readonly string[];

function combine(one: Scopes, other: Scopes, lists: Combine): Scopes {
  const resources = Object.entries(one.resources).map(
    ([resource, list]) => [resource, lists(list, other.resources[resource])] as const,
  );
  return {
    oidc: lists(one.oidc, other.oidc),
    resources: Object.fromEntries(resources),
    connections: lists(one.connections, other.connections),
  };
}

function emptied(resources: Scopes['resources']): Scopes['resources'] {
  return Object.fromEntries(Object.keys(resources).map((resource) => [resource, []]));
}
