import type { KnownConnection } from '../ports.ts';
import { providerTokenScope } from './resource-servers.ts';

/**
 * The connections that the `idp:{alias}` scopes of a token, grant or consent were given for. The scope names an alias. A
 * connection that is made later under the same alias has another id, and the scope does not count for it.
 */
export interface ConnectionBinding {
  /** The ids; undefined if it was stored by a version that did not record them. */
  readonly connections: readonly string[] | undefined;
  /** When it was issued. A token's time is in whole seconds, rounded down. */
  readonly at: Date;
}

/**
 * Returns whether the scope of this connection's alias was given for this connection. Without recorded ids, the connection
 * must be older than what was issued: an alias names one connection at a time.
 */
export function isBoundTo(
  { connections, at }: ConnectionBinding,
  { id, createdAt }: Pick<KnownConnection, 'id' | 'createdAt'>,
): boolean {
  return connections ? connections.includes(id) : at > createdAt;
}

/** Returns the ids of the connections whose scopes are among the names. */
export function connectionsNamed(
  names: Iterable<string>,
  known: readonly KnownConnection[],
): readonly string[] {
  const all = new Set(names);
  return known.filter(({ alias }) => all.has(`${providerTokenScope}${alias}`)).map(({ id }) => id);
}

/** Returns the named connections that the binding covers. */
export function connectionsBound(
  names: Iterable<string>,
  binding: ConnectionBinding,
  known: readonly KnownConnection[],
): readonly string[] {
  return connectionsNamed(
    names,
    known.filter((connection) => isBoundTo(binding, connection)),
  );
}

/** Removes the scopes of connections other than these. */
export function scopesCounting(
  names: readonly string[],
  connections: readonly string[],
  known: readonly KnownConnection[],
): readonly string[] {
  const counting = new Set(
    known.filter(({ id }) => connections.includes(id)).map(({ alias }) => `${providerTokenScope}${alias}`),
  );
  return names.filter((name) => !name.startsWith(providerTokenScope) || counting.has(name));
}

/** Reads all connections, through a cache. */
export type KnownConnections = () => Promise<readonly KnownConnection[]>;
