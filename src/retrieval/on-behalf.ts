import type { PresentedToken, SenderKeys } from '../http/bearer.ts';
import type { Identities } from '../identities/identities.ts';
import type { ApiUses } from '../issuance/consent/api-uses.ts';
import { providerTokenScope } from '../issuance/consent/resource-servers.ts';
import { GrantError } from '../issuance/custom-grants.ts';
import type { Api } from '../issuance/registry/api.ts';
import type { ApiRegistry } from '../issuance/registry/apis.ts';
import type { RequireBound } from '../issuance/senders/binding-demands.ts';
import { mostActors } from '../issuance/tokens/actors.ts';
import type { AccessToken } from '../issuance/tokens/verify-access-token.ts';
import { type AsOf, type Caller, type CallerDeps, type CheckedCaller, callerBy } from './permission.ts';
import { unlessInvalid } from './subject-token.ts';

// An API acts on behalf of an app that has called it: the subject token was issued for the API (RFC 8693).

export interface OnBehalfDeps extends CallerDeps {
  readonly apis: Pick<ApiRegistry, 'ofClient'>;
  readonly apiUses: Pick<ApiUses, 'addedTo'>;
  /** Verifies an access token for this audience. */
  readonly verifyFor: (presented: PresentedToken, audience: string, asOf?: 'now') => Promise<AccessToken>;
  readonly requireBound: RequireBound;
  readonly identities: Pick<Identities, 'findUser'>;
}

export interface OnBehalfSubject {
  readonly caller: Caller;
  readonly api: Api;
  readonly token: AccessToken;
  /** The keys that the API's new token is bound to. */
  readonly bound: SenderKeys;
}

interface Received {
  readonly token: PresentedToken;
  readonly sender: SenderKeys;
  readonly refusal: () => Error;
}

/**
 * Returns the person of a token that was issued for an API of this client, and the API that acts for them. Undefined: the
 * token is for none of its APIs. @throws `refusal` for a token without a person, of a disabled one, for another actor,
 * or with too many actors already; GrantError where the request of the client proves no key, and a demand needs one.
 */
export async function onBehalfOf(
  deps: OnBehalfDeps,
  clientId: string,
  { token, sender, refusal }: Received,
): Promise<OnBehalfSubject | undefined> {
  const found = await findForApi(deps, clientId, token);
  if (!found) return undefined;
  const check = async (_asOf: AsOf): Promise<CheckedCaller | undefined> => {
    const again = await findForApi(deps, clientId, token);
    return again && (await checked(deps, clientId, again));
  };
  const caller = await callerBy(deps, check, refusal);
  const bound = await deps.requireBound({ clientId, userId: caller.userId, api: found.api.id, sender });
  return { ...found, caller, bound };
}

/** Reads the revocations of the table: an exchange makes a new token of an old one, and must not be behind. */
async function findForApi({ apis, verifyFor }: OnBehalfDeps, clientId: string, token: PresentedToken) {
  for (const api of await apis.ofClient(clientId)) {
    const verified = await verifyFor(token, api.identifier, 'now').catch(unlessInvalid);
    if (verified) return { api, token: verified };
  }
  return undefined;
}

async function checked(
  { identities, apiUses }: OnBehalfDeps,
  clientId: string,
  { api, token }: Pick<OnBehalfSubject, 'api' | 'token'>,
): Promise<CheckedCaller | undefined> {
  const { userId, mayAct, grantId, onBehalf, scopes, granted } = token;
  if (userId === undefined || (mayAct !== undefined && mayAct !== clientId)) return undefined;
  const actors = [clientId, ...(onBehalf?.actors ?? [token.clientId])];
  if (actors.length > mostActors) return undefined;
  const user = await identities.findUser(userId);
  if (user?.disabledAt !== null) return undefined;
  const added = grantId === undefined ? undefined : await apiUses.addedTo(grantId, api);
  const own = [...scopes].filter((scope) => scope.startsWith(providerTokenScope));
  return {
    userId,
    clientId,
    background: false,
    scopes: new Set([...own, ...(added?.scopes ?? [])]),
    granted:
      added && added.scopes.length > 0
        ? { ...granted, connections: [...(granted.connections ?? []), ...added.connections] }
        : granted,
    onBehalf: { api: api.id, app: onBehalf?.app ?? token.clientId, actors },
  };
}

/** Returns the refusal of a subject token that is not for an API of this client. */
export function notForApi(): GrantError {
  return new GrantError('invalid_grant', 'The subject token is not a valid token for an API of this client.');
}
