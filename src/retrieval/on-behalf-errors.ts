import { GrantError } from '../issuance/custom-grants.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { Links } from './links.ts';
import { appOf, type Caller } from './permission.ts';
import { consentLink } from './policy.ts';
import type { Refusals } from './refusals.ts';
import { asGrantError } from './subject-token.ts';

interface Deps {
  readonly links: Links;
  readonly refusals: Pick<Refusals, 'note'>;
}

interface Said {
  readonly description: string;
  /** The reason in the audit log; default: the code. */
  readonly why?: string;
  /** The alias of the connection. */
  readonly connection?: string | undefined;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Returns a refusal, and notes it. */
export type Refuse = (code: string, said: Said) => GrantError;

export function createRefuse({ refusals }: Pick<Deps, 'refusals'>, caller: Caller): Refuse {
  return (code, { description, why = code, connection, members }) => {
    const error = new GrantError(code, description, members && { members });
    const { userId, onBehalf } = caller;
    refusals.note(error, { why, userId, appId: appOf(caller), api: onBehalf?.api, connection });
    return error;
  };
}

/** The reason for a connection that the API's policy does not list, as for an app. */
export const notListed = 'connection_not_allowed';

/** Returns the refusal for a missing consent or account, with the page on which this very person gives it. */
export function deniedAt(deps: Deps, caller: Caller, connection: Connection): GrantError {
  const { alias } = connection;
  const members = { connect_url: consentLink(deps.links, caller, connection), connection: alias };
  return createRefuse(deps, caller)('access_denied', { description: denied, connection: alias, members });
}

const denied = 'The person has not let this API use such an account, or has linked none.';

/** Refusals of retrieval that the person resolves on the page of the link. */
export const resolvedByPerson: ReadonlySet<string> = new Set([
  'insufficient_scope',
  'consent_required',
  'identity_not_found',
]);

interface About {
  readonly deps: Deps;
  readonly caller: Caller;
  readonly connection: Connection;
  /** The policy lets the API have the token itself. */
  readonly handout: boolean;
}

/** Returns the refusal of retrieval with the codes of RFC 6749 and RFC 8693 where there is one. Retrieval has noted it. */
export function asOnBehalfError(error: unknown, { deps, caller, connection, handout }: About): unknown {
  const refusal = asGrantError(error);
  if (!(error instanceof Problem) || !(refusal instanceof GrantError)) return refusal;
  if (resolvedByPerson.has(error.code)) {
    const members = {
      connect_url: consentLink(deps.links, caller, connection),
      connection: connection.alias,
    };
    return new GrantError('access_denied', denied, { members });
  }
  if (error.code === 'connection_not_allowed')
    return new GrantError(handout ? 'invalid_scope' : 'invalid_target', error.message);
  const { reauthorize_url: connectUrl } = error.members;
  if (connectUrl === undefined) return refusal;
  const { code, message, status, members, headers } = refusal;
  return new GrantError(code, message, { status, headers, members: { ...members, connect_url: connectUrl } });
}
