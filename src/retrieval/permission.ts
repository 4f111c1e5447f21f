import type { Identities, IdentityBrief } from '../identities/identities.ts';
import type { ProxyRule } from '../issuance/proxy-rules.ts';
import type { StandingScopes } from '../issuance/standing-scopes.ts';
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

export interface PermissionDeps {
  readonly identities: Pick<Identities, 'brieflyOfUser' | 'findUser'>;
  readonly connections: Connections;
  readonly policyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  readonly standingScopes: Pick<StandingScopes, 'remembered'>;
  readonly links: Links;
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
  const { identities, connections, policyOf, links } = deps;
  const mine = (await isNobody(identities, caller)) ? [] : await identities.brieflyOfUser(caller.userId);
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
  if (caller.background && !(await deps.standingScopes.remembered(caller)).has(scope)) {
    throw new Problem('consent_required');
  }
  return { identity, connection, policy };
}

/** A disabled user's own tokens are dead already; an app that asks without them would not notice. */
async function isNobody(
  { findUser }: Pick<Identities, 'findUser'>,
  { background, userId }: Caller,
): Promise<boolean> {
  return background && (await findUser(userId))?.disabledAt !== null;
}

/** Not linked, not this user's or unknown: one answer, so that nobody learns which. */
function notFound(linkUrl: string): Problem {
  return new Problem('identity_not_found', { members: { link_url: linkUrl } });
}

function insufficientScope(scope: string): Problem {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  return new Problem('insufficient_scope', { headers: { 'WWW-Authenticate': challenge } });
}
