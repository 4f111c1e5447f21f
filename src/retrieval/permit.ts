import type { Identities, IdentityBrief } from '../identities/identities.ts';
import type { StandingScopes } from '../issuance/consent/standing-scopes.ts';
import type { HeardChanges } from '../kit/database/heard-changes.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { Links } from './links.ts';
import { briefOf, type Caller, type Found, type Permitted, permitBy, type Wanted } from './permission.ts';
import { type PolicySources, policyFor } from './policy.ts';

/** The sources from which permission is decided. */
export interface PermissionSources extends PolicySources {
  readonly connections: Pick<Connections, 'find' | 'findById'>;
  readonly standingScopes: Pick<StandingScopes, 'inBackground'>;
}

export interface PermissionDeps extends PermissionSources {
  readonly identities: Pick<Identities, 'briefsOfUser' | 'knownBriefs' | 'findUser'>;
  readonly heard: Pick<HeardChanges, 'whenCurrent'>;
  readonly links: Links;
  /** The same sources past every cache, for the second check. */
  readonly current: PermissionSources;
}

/**
 * Permission is per app, connection and user: the app's policy lists the connection, the token's scope names
 * it, and the identity belongs to this user. @throws Problem naming the first condition that fails.
 */
export async function permit(
  deps: PermissionDeps,
  caller: Caller,
  { ref, loginHint, found }: Wanted & { readonly found?: Found },
): Promise<Permitted> {
  const inactive = caller.background && (await isInactive(deps.identities, caller));
  const mine = inactive ? [] : await deps.identities.knownBriefs(caller.userId);
  const sources = (await deps.heard.whenCurrent()) ? deps : { ...deps, ...deps.current };
  return await permitFrom(sources, caller, { ref, loginHint, inactive, mine, found });
}

/**
 * Checks the same permission after a wait, past every cache. @throws Problem, or the entry point's refusal of
 * an invalid token.
 */
export async function permitAgain(
  { current, ...deps }: PermissionDeps,
  caller: Caller,
  wanted: Wanted,
): Promise<Permitted> {
  const inactive = await isInactive(deps.identities, caller);
  return await permitFrom({ ...deps, ...current }, await caller.again(), { ...wanted, inactive });
}

async function permitFrom(
  deps: Omit<PermissionDeps, 'current'>,
  caller: Caller,
  {
    ref,
    loginHint,
    inactive,
    mine: known,
    found,
  }: Wanted & {
    readonly inactive: boolean;
    /** Undefined: the table is read. */
    readonly mine?: readonly IdentityBrief[] | undefined;
    readonly found?: Found | undefined;
  },
): Promise<Permitted> {
  const { identities, connections } = deps;
  // A disabled user is answered like one without linked accounts.
  const mine = inactive ? [] : (known ?? (await identities.briefsOfUser(caller.userId)));
  const byId = briefOf(mine, ref);
  const connection = byId ? await connections.findById(byId.connectionId) : await connections.find(ref);
  const policy = connection && (await policyFor(deps, caller, connection));
  const permitted = permitBy(deps, caller, { ref, loginHint, found, mine, connection, policy });
  if (caller.background) await requireStanding(deps, caller, permitted.connection);
  return permitted;
}

async function requireStanding(
  { standingScopes, links }: Pick<PermissionDeps, 'standingScopes' | 'links'>,
  caller: Caller,
  { id, alias }: Connection,
): Promise<void> {
  const standing = await standingScopes.inBackground(caller);
  if (standing.scopes.has(`idp:${alias}`) && standing.connections.has(id)) return;
  throw new Problem('consent_required', {
    members: { consent_url: links.background(alias, caller.clientId) },
  });
}

/**
 * Returns true for a disabled or deleted user. Such a user's own tokens are revoked already, but an app that acts in the
 * background has a token of its own.
 */
async function isInactive({ findUser }: Pick<Identities, 'findUser'>, { userId }: Caller): Promise<boolean> {
  return (await findUser(userId))?.disabledAt !== null;
}
