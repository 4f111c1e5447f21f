import type { IdentityBrief } from '../identities/identities.ts';
import { type ConnectionBinding, isBoundTo } from '../issuance/consent/connection-binding.ts';
import type { OnBehalf } from '../issuance/tokens/verify-access-token.ts';
import type { HeardChanges } from '../kit/database/heard-changes.ts';
import { isId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import { actAs } from '../kit/request-context.ts';
import type { Connection } from '../login/connections.ts';
import type { Links } from './links.ts';
import { type ConnectionPolicy, consentLink } from './policy.ts';
import type { Refusals } from './refusals.ts';

export type { ConnectionPolicy } from './policy.ts';

/** The caller of a retrieval: an app that acts for a user, with the scopes of its access token. */
export interface Caller {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
  /** The connections that the `idp:{alias}` scopes are for. */
  readonly granted: ConnectionBinding;
  /** The user is not present. */
  readonly background: boolean;
  /** Set where an API acts for the user: its own policy decides, and the consent to it. */
  readonly onBehalf?: OnBehalf | undefined;
  /** No operator registered the app. */
  readonly isSelfRegistered?: boolean | undefined;
  /** The ids of the calls that the person has approved for this token (RFC 9396). */
  readonly approvals?: readonly string[] | undefined;
  /**
   * Returns the same caller as of now, past every cache. @throws the entry point's refusal of an invalid
   * token.
   */
  readonly again: () => Promise<Caller>;
}

/** The caller as one check of its access token shows it. */
export type CheckedCaller = Omit<Caller, 'again'>;

/** Returns the caller with the content of its verified token. */
export function callerFrom(
  verified: Pick<Caller, 'clientId' | 'scopes' | 'granted' | 'onBehalf' | 'isSelfRegistered' | 'approvals'>,
  userId: string,
  { background = false } = {},
): CheckedCaller {
  const { clientId, scopes, granted, onBehalf, isSelfRegistered, approvals } = verified;
  return { userId, clientId, scopes, granted, background, onBehalf, isSelfRegistered, approvals };
}

/** Returns the app that the person uses, for audit and links. An API acts on behalf of it. */
export function appOf({ clientId, onBehalf }: Pick<Caller, 'clientId' | 'onBehalf'>): string {
  return onBehalf?.app ?? clientId;
}

/** Returns the API that acts and all actors, for the detail of an event. */
export function actorsIn({ onBehalf }: Pick<Caller, 'onBehalf'>) {
  return onBehalf && { api: onBehalf.api, actors: [...onBehalf.actors] };
}

/** Returns whether the token has the scope of this connection, given for this one and not for an earlier one of its alias. */
export function hasScopeFor({ scopes, granted }: CheckedCaller, connection: Connection): boolean {
  return scopes.has(`idp:${connection.alias}`) && isBoundTo(granted, connection);
}

/** `now` reads past every cache; undefined allows cached values. */
export type AsOf = 'now' | undefined;

export interface CallerDeps {
  readonly refusals: Pick<Refusals, 'noteInvalidToken'>;
  /** Where changes at other processes may not have been heard of, no cache is asked. */
  readonly heard: Pick<HeardChanges, 'whenCurrent'>;
}

/**
 * Returns a caller whose access token can be checked a second time. `check` resolves to undefined for a token of the wrong
 * kind, which is refused. @throws the entry point's refusal of an invalid token.
 */
export async function callerBy(
  { refusals, heard }: CallerDeps,
  check: (asOf: AsOf) => Promise<CheckedCaller | undefined>,
  refusal: () => Error,
): Promise<Caller> {
  const checkedAs = async (asOf: AsOf): Promise<Caller> => {
    const checked = await check(asOf);
    if (!checked) throw refusal();
    actAs({ kind: 'app', id: checked.clientId });
    return { ...checked, again: () => checkedAs('now') };
  };
  try {
    return await checkedAs((await heard.whenCurrent()) ? undefined : 'now');
  } catch (error) {
    if (isRefusal(error)) refusals.noteInvalidToken(error);
    throw error;
  }
}

/** Returns whether the error is an answer to the app, and no outage. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'status' in error && Number(error.status) < 500;
}

/** The linked account that the app asks for. */
export interface Wanted {
  /** An identity id or a connection alias. */
  readonly ref: string;
  /** The account's id at the provider; it chooses among several accounts of one connection. */
  readonly loginHint?: string | undefined;
}

export interface Permitted {
  readonly identity: IdentityBrief;
  readonly connection: Connection;
  readonly policy: ConnectionPolicy;
}

/** Receives the connection as soon as it is known, and the identity if there is exactly one. */
export type Found = (connection: Connection, identity: IdentityBrief | undefined) => void;

/** Returns the identity with this id. */
export function briefOf(mine: readonly IdentityBrief[], ref: string): IdentityBrief | undefined {
  return isId('idn', ref) ? mine.find(({ id }) => id === ref) : undefined;
}

/** All that permission is decided by, but for the standing of background use. */
export interface PermissionFacts extends Wanted {
  /** The confirmed identities of an active user. */
  readonly mine: readonly IdentityBrief[];
  readonly connection: Connection | undefined;
  readonly policy: (ConnectionPolicy & { readonly isAllowed?: boolean }) | undefined;
  readonly found?: Found | undefined;
}

/** @throws Problem naming the first condition that fails */
export function permitBy(
  { links }: { readonly links: Links },
  caller: CheckedCaller,
  { ref, loginHint, mine, connection, policy, found }: PermissionFacts,
): Permitted {
  const app = appOf(caller);
  if (!connection) throw notFound(links.link(undefined, app));
  const byId = briefOf(mine, ref);
  found?.(connection, byId);

  if (!policy) throw new Problem('connection_not_allowed');
  if (caller.background && !policy.background) {
    throw new Problem('connection_not_allowed', {
      detail: 'The policy of this app does not allow use in the background.',
    });
  }
  const scope = `idp:${connection.alias}`;
  if (!hasScopeFor(caller, connection)) throw insufficientScope(scope);
  if (policy.isAllowed === false) throw consentRequired(links, caller, connection);

  const atConnection = byId ? [byId] : mine.filter(({ connectionId }) => connectionId === connection.id);
  const candidates =
    loginHint === undefined ? atConnection : atConnection.filter(({ subject }) => subject === loginHint);
  const [identity, ...others] = candidates;
  // A disabled connection is answered like one without a linked account.
  if (!identity || !connection.enabled) throw notFound(links.link(connection.alias, app));
  if (others.length > 0) {
    const members = { identities: candidates.map(({ id, name }) => ({ id, name })) };
    throw new Problem('identity_selection_required', { members });
  }
  found?.(connection, identity);
  return { identity, connection, policy };
}

function consentRequired(links: Links, caller: CheckedCaller, connection: Connection) {
  return new Problem('consent_required', {
    members: { consent_url: consentLink(links, caller, connection) },
  });
}

/**
 * One answer for an identity that is unlinked, unknown or another user's, so that an app cannot tell them
 * apart.
 */
function notFound(linkUrl: string): Problem {
  return new Problem('identity_not_found', { members: { link_url: linkUrl } });
}

function insufficientScope(scope: string): Problem {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  return new Problem('insufficient_scope', { headers: { 'WWW-Authenticate': challenge } });
}
