import type { Request } from 'express';
import { invalidToken, type PresentedToken, presentedToken } from '../http/bearer.ts';
import { Problem } from '../kit/problem.ts';
import { actAs } from '../kit/request-context.ts';
import type { AdminCaller, CallerOf } from './caller.ts';
import { freshFor } from './dangerous-change.ts';
import type { AdminTokenRow } from './people/token-store.ts';
import type { AdminDeps } from './ports.ts';
import type { Permission, Role } from './roles.ts';
import { capOf, rightsOf, roleOf, roles, scopeRoles } from './roles.ts';

type AuthorizeDeps = Pick<AdminDeps, 'adminApiToken' | 'adminTokens' | 'verify' | 'identities' | 'clock'>;

/** One way to authenticate an admin. Returns undefined when the token is of another kind. @throws Problem */
type Check = (presented: PresentedToken) => Promise<AdminCaller | undefined>;

/** Returns the check of a request's bearer token. @throws Problem invalid_token, insufficient_scope, forbidden */
export function createAuthorizeAdmin(deps: AuthorizeDeps): (request: Request) => Promise<AdminCaller> {
  const checks: readonly Check[] = [checkBootstrapToken(deps), checkNamedToken(deps), checkBrokerToken(deps)];

  return async (request) => {
    const presented = presentedToken(request);
    for (const check of checks) {
      const caller = await check(presented);
      if (!caller) continue;
      actAs(caller.actor);
      return caller;
    }
    throw invalidToken();
  };
}

/** The principal of ADMIN_API_TOKEN, and of the tokens that were made with it. */
const bootstrap = 'bootstrap';

const bootstrapCaller: AdminCaller = {
  actor: { kind: 'bootstrap', id: null },
  principal: bootstrap,
  role: 'owner',
  rights: rightsOf('owner'),
  held: 'owner',
  signedInAt: undefined,
  signedInRecently: false,
  expiresAt: undefined,
};

/** Accepts the setting ADMIN_API_TOKEN, with which the first admin starts. */
function checkBootstrapToken({ adminApiToken, adminTokens }: AuthorizeDeps): Check {
  return async ({ token }) => {
    if (!adminApiToken?.equals(token)) return undefined;
    await adminTokens.noteBootstrapUse();
    return bootstrapCaller;
  };
}

/** Accepts a named token. */
function checkNamedToken(deps: AuthorizeDeps): Check {
  return async (presented) => {
    const token = await deps.adminTokens.find(presented.token);
    if (!token) return undefined;
    const caller = await namedCaller(deps, token);
    if (!caller) throw invalidToken();
    await deps.adminTokens.noteUse(token);
    return caller;
  };
}

/** A named token acts for the person who made it: without that person's role it is worth nothing. */
async function namedCaller(
  { identities }: Pick<AuthorizeDeps, 'identities'>,
  { id, role, madeBy, expiresAt }: AdminTokenRow,
): Promise<AdminCaller | undefined> {
  const maker = madeBy === bootstrap ? undefined : await identities.findUser(madeBy);
  const makersRole = madeBy === bootstrap ? 'owner' : maker && !maker.disabledAt && roleOf(maker.roles);
  const held = roleOf([role]);
  if (!makersRole || !held) return undefined;
  const rights = rightsOf(held, makersRole);
  return {
    ...bootstrapCaller,
    actor: { kind: 'app', id },
    principal: madeBy,
    role: rights.role,
    rights,
    held: rights.role,
    expiresAt,
  };
}

export function createCallerOf(deps: AuthorizeDeps): CallerOf {
  const { adminApiToken, adminTokens, identities, clock } = deps;
  return async ({ actorKind, actorId }) => {
    if (actorKind === bootstrap) return adminApiToken && bootstrapCaller;
    if (actorId === null) return undefined;
    if (actorKind === 'app') {
      const token = await adminTokens.get(actorId);
      return token && token.expiresAt > clock.now() ? await namedCaller(deps, token) : undefined;
    }
    const user = await identities.findUser(actorId);
    const role = user && !user.disabledAt && roleOf(user.roles);
    if (!role) return undefined;
    const actor = { kind: 'person', id: actorId } as const;
    return { ...bootstrapCaller, actor, principal: actorId, role, held: role, rights: rightsOf(role) };
  };
}

/** Accepts an access token of the broker for the admin API, with a scope of it, of a user with a role. */
function checkBrokerToken({ verify, identities, clock }: AuthorizeDeps): Check {
  return async (presented) => {
    const { userId, scopes, signedInAt, expiresAt } = await verify(presented);
    const user = userId === undefined ? undefined : await identities.findUser(userId);
    if (!user || user.disabledAt) throw invalidToken();
    const cap = capOf(scopes);
    if (!cap) throw insufficientScope('admin');
    const role = roleOf(user.roles);
    if (!role) throw new Problem('forbidden');
    return personCaller(user.id, { role, cap, signedInAt, expiresAt, now: clock.now() });
  };
}

export interface PersonalSignIn {
  readonly role: Role;
  /** The role to which the token caps; in the console, the person's own. */
  readonly cap: Role;
  readonly signedInAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly now: Date;
}

/** Returns a person as a caller: by an access token, or in the console. */
export function personCaller(userId: string, signIn: PersonalSignIn): AdminCaller {
  const { role, cap, signedInAt, expiresAt, now } = signIn;
  const rights = rightsOf(role, cap);
  const age = signedInAt && now.getTime() - signedInAt.getTime();
  return {
    actor: { kind: 'person', id: userId },
    principal: userId,
    role: rights.role,
    rights,
    held: role,
    signedInAt,
    signedInRecently: age !== undefined && age <= freshFor,
    expiresAt,
  };
}

/**
 * Refuses an operation that the caller's rights do not include. Where only the scopes of the token stand in the way, the
 * answer names the scope. @throws Problem forbidden, insufficient_scope
 */
export function requirePermission({ rights, held }: AdminCaller, permission: Permission): void {
  if (rights.may(permission)) return;
  const sufficient =
    held && rightsOf(held).may(permission) && roles.findLast((role) => rightsOf(held, role).may(permission));
  const scope = Object.keys(scopeRoles).find((name) => scopeRoles[name] === sufficient);
  throw scope === undefined ? new Problem('forbidden') : insufficientScope(scope);
}

/**
 * Refuses an act on a person who administers the broker by a caller who is no owner: support could lock owners out.
 * @throws Problem forbidden, insufficient_scope
 */
export function requireAuthorityOver(
  caller: AdminCaller,
  person: { readonly roles: readonly string[] },
): void {
  if (roleOf(person.roles)) requirePermission(caller, 'admins:change');
}

/**
 * Returns whether the last owner is kept from this caller. ADMIN_API_TOKEN is an owner itself, and takes back the role
 * `admin` that it gave before there were other roles.
 */
export function keepsLastOwner(
  { actor }: AdminCaller,
  person: { readonly roles: readonly string[] },
): boolean {
  return actor.kind !== 'bootstrap' || person.roles.includes('owner');
}

function insufficientScope(scope: string): Problem {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  return new Problem('insufficient_scope', { headers: { 'WWW-Authenticate': challenge } });
}
