import type { Identities, IdentityBrief } from '../identities/identities.ts';
import type { StandingScopes } from '../issuance/consent/standing-scopes.ts';
import type { ProxyRule } from '../issuance/registry/proxy-rules.ts';
import { isId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { Links } from './links.ts';
import type { Rate } from './rates.ts';

/** Who asks: an app, for a user, with what its access token says. */
export interface Caller {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: ReadonlySet<string>;
  /** The user is not present. */
  readonly background: boolean;
  /** Returns the same caller as of now, past every cache. @throws What the door answers to a token that is not good. */
  readonly again: () => Promise<Caller>;
}

/** The caller, by the credential that a door was shown. */
export type Shown = Omit<Caller, 'again'>;

/** `now`: past every cache. */
export type AsOf = 'now' | undefined;

/** A caller whom a door can look at twice. @throws What the door answers to a token that is not good. */
export async function callerBy(
  look: (asOf: AsOf) => Promise<Shown | undefined>,
  refusal: () => Error,
): Promise<Caller> {
  const by = async (asOf: AsOf): Promise<Caller> => {
    const shown = await look(asOf);
    if (!shown) throw refusal();
    return { ...shown, again: () => by('now') };
  };
  return await by(undefined);
}

/** What the app's policy says about one connection. */
export interface ConnectionPolicy {
  /** Upstream scopes the app may ask for; empty: whatever was granted. */
  readonly scopes: readonly string[];
  readonly background: boolean;
  /** The app gets the token itself. */
  readonly handout: boolean;
  readonly proxy: readonly ProxyRule[];
  readonly rate: Rate | null;
}

/** Which linked account is meant. */
export interface Wanted {
  /** An identity id or a connection alias. */
  readonly ref: string;
  /** Of several accounts at a connection the one with this id at the provider. */
  readonly loginHint?: string | undefined;
}

/** The sources that permission follows from. */
export interface PermissionSources {
  readonly connections: Pick<Connections, 'find' | 'findById'>;
  readonly policyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  readonly standingScopes: Pick<StandingScopes, 'cached'>;
}

export interface PermissionDeps extends PermissionSources {
  readonly identities: Pick<Identities, 'brieflyOfUser' | 'findUser'>;
  readonly links: Links;
  /** The same past every cache, for the second look. */
  readonly current: PermissionSources;
}

export interface Permitted {
  readonly identity: IdentityBrief;
  readonly connection: Connection;
  readonly policy: ConnectionPolicy;
}

/**
 * Permission is per app, connection and user: the app's policy lists the connection, the token's scope names it, the
 * identity is this user's. @throws Problem naming the first that fails.
 */
export async function permit(
  deps: PermissionDeps,
  caller: Caller,
  { ref, loginHint }: Wanted,
): Promise<Permitted> {
  const absent = caller.background && (await isAbsent(deps.identities, caller));
  return await permitFrom(deps, caller, { ref, loginHint, absent });
}

/**
 * The same after a wait, in which what allowed the request may have come to an end: by the state of now, past every
 * cache. @throws Problem, or what the door answers to a token that is not good.
 */
export async function permitAgain(
  { current, ...deps }: PermissionDeps,
  caller: Caller,
  wanted: Wanted,
): Promise<Permitted> {
  const absent = await isAbsent(deps.identities, caller);
  return await permitFrom({ ...deps, ...current }, await caller.again(), { ...wanted, absent });
}

async function permitFrom(
  deps: Omit<PermissionDeps, 'current'>,
  caller: Caller,
  { ref, loginHint, absent }: Wanted & { readonly absent: boolean },
): Promise<Permitted> {
  const { identities, connections, policyOf, links } = deps;
  const mine = absent ? [] : await identities.brieflyOfUser(caller.userId);
  const named = isId('idn', ref) ? mine.find(({ id }) => id === ref) : undefined;
  const connection = named ? await connections.findById(named.connectionId) : await connections.find(ref);
  if (!connection) throw notFound(links.link(undefined, caller.clientId));

  const policy = await policyOf(caller.clientId, connection.id);
  if (!policy) throw new Problem('connection_not_allowed');
  if (caller.background && !policy.background) {
    throw new Problem('connection_not_allowed', {
      detail: 'The policy of this app does not allow use in the background.',
    });
  }
  const scope = `idp:${connection.alias}`;
  if (!caller.scopes.has(scope)) throw insufficientScope(scope);

  const there = named ? [named] : mine.filter(({ connectionId }) => connectionId === connection.id);
  const candidates = loginHint === undefined ? there : there.filter(({ subject }) => subject === loginHint);
  const [identity, ...others] = candidates;
  if (!identity || !connection.enabled) throw notFound(links.link(connection.alias, caller.clientId));
  if (others.length > 0) {
    const members = { identities: candidates.map(({ id, name }) => ({ id, name })) };
    throw new Problem('identity_selection_required', { members });
  }
  if (caller.background && !(await deps.standingScopes.cached(caller)).has(scope)) {
    throw new Problem('consent_required');
  }
  return { identity, connection, policy };
}

/** A disabled user's own tokens are dead already; an app that asks without them would not notice. */
async function isAbsent({ findUser }: Pick<Identities, 'findUser'>, { userId }: Caller): Promise<boolean> {
  return (await findUser(userId))?.disabledAt !== null;
}

/** Not linked, not this user's or unknown: one answer, so that an app does not learn which. */
function notFound(linkUrl: string): Problem {
  return new Problem('identity_not_found', { members: { link_url: linkUrl } });
}

function insufficientScope(scope: string): Problem {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  return new Problem('insufficient_scope', { headers: { 'WWW-Authenticate': challenge } });
}
