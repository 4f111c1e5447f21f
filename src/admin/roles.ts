import { z } from 'zod';
import { ownerRoles } from '../identities/role-holder-store.ts';

/** The roles of people who administer the broker, the strongest first. */
export const roles = ['owner', 'operator', 'support', 'auditor'] as const;
export type Role = (typeof roles)[number];
export const roleText = z.enum(roles);

const everyone: readonly Role[] = roles;
const changers: readonly Role[] = ['owner', 'operator'];
const helpers: readonly Role[] = ['owner', 'operator', 'support'];
const overseers: readonly Role[] = ['owner', 'operator', 'auditor'];
const owners: readonly Role[] = ['owner'];

/** The roles that have each permission. Every operation of the API declares the permission that it needs. */
export const permissions = {
  /** Support sees names only. */
  'configuration:read': everyone,
  'configuration:change': changers,
  /** Auditors see e-mail addresses and subjects masked. */
  'people:read': everyone,
  /** Check, refresh, sign out, disable, unlink, end at the provider, withdraw a consent: one at a time. */
  'people:help': helpers,
  'people:remove': changers,
  /** One act for many, in a job: an operator for up to 1,000. */
  'people:bulk': changers,
  'people:export': owners,
  /** Support has to name the person. */
  'events:read': everyone,
  'events:export': overseers,
  /** Counts without people. */
  'usage:read': everyone,
  'admins:read': overseers,
  'admins:change': owners,
  /** The caller's own role and rights. */
  self: everyone,
} as const satisfies Record<string, readonly Role[]>;
export type Permission = keyof typeof permissions;

/** The scopes of the admin API. Each caps the role of the person with the token. */
export const scopeRoles: Readonly<Record<string, Role>> = {
  admin: 'owner',
  'admin:operate': 'operator',
  'admin:support': 'support',
  'admin:read': 'auditor',
};

/** Returns the strongest role among a user's roles. */
export function roleOf(names: readonly string[]): Role | undefined {
  return roles.find((role) =>
    role === 'owner' ? names.some((name) => ownerRoles.includes(name)) : names.includes(role),
  );
}

/** Returns the role to which the strongest of the scopes caps. */
export function capOf(scopes: ReadonlySet<string>): Role | undefined {
  return roles.find((role) =>
    Object.keys(scopeRoles).some((name) => scopeRoles[name] === role && scopes.has(name)),
  );
}

/** Returns the scope that caps to a role. */
export function scopeOf(role: Role): string {
  return Object.keys(scopeRoles).find((name) => scopeRoles[name] === role) ?? '';
}

/** The rights of a caller: those that all of its roles have. */
export interface Rights {
  /** The weakest of the roles. */
  readonly role: Role;
  may(permission: Permission): boolean;
  /** E-mail addresses and subjects are hidden. */
  readonly masked: boolean;
  /** Of the configuration, only names are shown. */
  readonly namesOnly: boolean;
}

/** Returns the rights of a role under caps, which are roles too. */
export function rightsOf(...held: readonly [Role, ...Role[]]): Rights {
  const role = roles.findLast((one) => held.includes(one)) ?? held[0];
  return {
    role,
    may: (permission) => held.every((one) => (permissions[permission] as readonly Role[]).includes(one)),
    masked: held.includes('auditor'),
    namesOnly: held.includes('support'),
  };
}
