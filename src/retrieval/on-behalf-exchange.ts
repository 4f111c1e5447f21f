import { z } from 'zod';
import type { Identities, IdentityBrief } from '../identities/identities.ts';
import { providerTokenScope } from '../issuance/consent/resource-servers.ts';
import { type GrantCall, GrantError } from '../issuance/custom-grants.ts';
import { isSameResource } from '../issuance/registry/resource-identifiers.ts';
import type { IssueExchanged } from '../issuance/tokens/exchanged-tokens.ts';
import type { AccessToken } from '../issuance/tokens/verify-access-token.ts';
import { seconds } from '../kit/clock.ts';
import type { Connection } from '../login/connections.ts';
import type { TokenAnswer } from './answers.ts';
import { tokenQuery } from './input.ts';
import { notForApi, type OnBehalfDeps, type OnBehalfSubject, onBehalfOf } from './on-behalf.ts';
import { asOnBehalfError, createRefuse, deniedAt, notListed, type Refuse } from './on-behalf-errors.ts';
import { type Caller, hasScopeFor } from './permission.ts';
import { policyFor } from './policy.ts';
import { type RetrievalDeps, retrieve } from './retrieve.ts';
import { subjectTypes, unlessInvalid } from './subject-token.ts';

const ownTokenType = subjectTypes.accessToken;
export const providerTokenType = 'urn:symbolon:token-type:idp-access-token';

const optional = z.string().min(1).max(16_384).optional();
const request = z.object({
  subject_token: z.string().min(1),
  subject_token_type: z.literal(subjectTypes.accessToken),
  requested_token_type: z.enum([ownTokenType, providerTokenType]).default(ownTokenType),
  connection: z.string().min(1).max(64).optional(),
  login_hint: z.string().min(1).max(1024).optional(),
  resource: z.string().max(2048).optional(),
  audience: z.string().max(2048).optional(),
  scope: tokenQuery.shape.scope,
  min_ttl: tokenQuery.shape.min_ttl,
  force: tokenQuery.shape.force,
  actor_token: optional,
  actor_token_type: z.literal(subjectTypes.accessToken).optional(),
});

type Asked = z.output<typeof request>;

export const onBehalfParameters = Object.keys(request.shape);

export interface OnBehalfExchangeDeps extends RetrievalDeps, Omit<OnBehalfDeps, 'identities' | 'refusals'> {
  readonly issuer: string;
  readonly identities: Pick<Identities, 'briefsOfUser' | 'knownBriefs' | 'findUser'>;
  readonly issueExchanged: IssueExchanged;
  /** Verifies an access token of ours, for whatever audience. */
  readonly verifyOwn: (token: string) => Promise<AccessToken>;
}

export interface OnBehalfExchange {
  /** Returns the person and the API of a provider-token request; undefined: the token is for no API of the client. */
  find(call: GrantCall): Promise<OnBehalfSubject | undefined>;
  /** Returns the answer to a request of an API. @throws GrantError */
  exchange(call: GrantCall, found?: OnBehalfSubject): Promise<Record<string, unknown>>;
}

/**
 * Token exchange (RFC 8693) by an API, with a token that was issued for it. It gets the provider's token, or a token of
 * ours for `/v1`, under its own policy and the person's consent to this API on behalf of this app.
 */
export function createOnBehalfExchange(deps: OnBehalfExchangeDeps): OnBehalfExchange {
  const refusal = () => notForApi();

  async function find({ clientId, params, presented, sender }: GrantCall) {
    const { subject_token: token } = params;
    if (token === undefined) return undefined;
    return await onBehalfOf(deps, clientId, { token: presented(token, 'received'), sender, refusal });
  }

  return {
    find,
    async exchange(call, known) {
      const arrivedAt = deps.clock.now();
      const asked = parsed(call.params);
      const found = known ?? (await find(call));
      if (!found) {
        const error = refusal();
        deps.refusals.noteInvalidToken(error);
        throw error;
      }
      await checkActor(deps, call.clientId, asked);
      const refuse = createRefuse(deps, found.caller);
      return asked.requested_token_type === providerTokenType
        ? await providerToken(deps, found, { asked, arrivedAt, refuse })
        : await ownToken(deps, found, { asked, refuse });
    },
  };
}

function parsed(params: GrantCall['params']): Asked {
  const { success, data, error } = request.safeParse(params);
  if (success) return data;
  const [issue] = error.issues;
  throw new GrantError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
}

/** The actor token proves no more than the client's authentication. It must be the client's own, and decides nothing. */
async function checkActor(
  { verifyOwn, refusals }: OnBehalfExchangeDeps,
  clientId: string,
  { actor_token: token, actor_token_type: type }: Asked,
): Promise<void> {
  // RFC 8693 section 2.1: the two come together.
  if ((token === undefined) !== (type === undefined))
    throw new GrantError('invalid_request', 'actor_token and actor_token_type come together.');
  if (token === undefined) return;
  const actor = await verifyOwn(token).catch(unlessInvalid);
  if (actor?.clientId === clientId && actor.userId === undefined) return;
  const refusal = new GrantError('invalid_request', 'The actor token is not this client’s own.');
  refusals.noteInvalidToken(refusal);
  throw refusal;
}

interface Call {
  readonly asked: Asked;
  readonly refuse: Refuse;
}

async function providerToken(
  deps: OnBehalfExchangeDeps,
  { caller }: OnBehalfSubject,
  { asked, refuse, arrivedAt }: Call & { readonly arrivedAt: Date },
): Promise<Record<string, unknown>> {
  const { connection: ref, login_hint: loginHint, min_ttl, force, scope: scopes = [] } = asked;
  if (ref === undefined) throw new GrantError('invalid_request', 'connection: names the account.');
  if (asked.resource !== undefined || asked.audience !== undefined)
    throw refuse('invalid_target', { description: 'The token is asked for by connection.' });
  const connection = await connectionOf(deps, caller, ref);
  const policy = connection && (await policyFor(deps, caller, connection));
  if (!connection || !policy)
    throw refuse('invalid_target', {
      description: 'The policy of this API does not list this connection.',
      why: notListed,
      connection: connection?.alias,
    });
  const needs = { minTtl: seconds(min_ttl), refreshedSince: force === 'true' ? arrivedAt : undefined };
  try {
    return exchanged(await retrieve(deps, caller, { ref, loginHint, needs, scopes }));
  } catch (error) {
    throw asOnBehalfError(error, { deps, caller, connection, handout: policy.handout });
  }
}

/** Returns a retrieved token as the answer to an exchange (RFC 8693 section 2.2.1). */
export function exchanged(retrieved: TokenAnswer): Record<string, unknown> {
  const { access_token, expires_in, scope, identity, parameters, usage } = retrieved;
  return {
    access_token,
    issued_token_type: providerTokenType,
    token_type: 'Bearer',
    ...(expires_in !== null && { expires_in }),
    scope,
    identity,
    parameters,
    usage,
  };
}

/** Returns the connection of an alias, or of an identity of this person. */
async function connectionOf({ connections, identities }: OnBehalfExchangeDeps, caller: Caller, ref: string) {
  const mine = await identities.briefsOfUser(caller.userId);
  const identity = mine.find(({ id }) => id === ref);
  return identity ? await connections.findById(identity.connectionId) : await connections.find(ref);
}

/** Whether a scope of the request can be given. */
type Verdict =
  | { readonly kind: 'given'; readonly scope: string; readonly connection: Connection }
  | { readonly kind: 'ask'; readonly connection: Connection }
  | { readonly kind: 'unknown'; readonly connection: Connection | undefined };

async function ownToken(
  deps: OnBehalfExchangeDeps,
  { caller, api, token, bound }: OnBehalfSubject,
  { asked, refuse }: Call,
): Promise<Record<string, unknown>> {
  const { issuer, identities } = deps;
  const targets = [asked.resource, asked.audience].filter((target) => target !== undefined);
  if (asked.connection !== undefined || targets.some((target) => !isSameResource(target, `${issuer}/v1`)))
    throw refuse('invalid_target', {
      description: `This token is for ${issuer}/v1, and its scope names the connections.`,
    });
  const named = asked.scope?.filter((scope) => scope.startsWith(providerTokenScope)) ?? [...caller.scopes];
  const lines = api.connections.map(({ connection }) => providerTokenScope + connection);
  // Where neither names one, the API's only connection is meant.
  const wanted = named.length > 0 || asked.scope || lines.length > 1 ? named : lines;
  const mine = await identities.briefsOfUser(caller.userId);
  const verdicts = await Promise.all(
    [...new Set(wanted)].map((scope) => verdictOn(deps, { caller, scope, mine })),
  );
  const given = verdicts.filter((verdict) => verdict.kind === 'given');
  if (given.length === 0) {
    const missing = verdicts.find((verdict) => verdict.kind === 'ask');
    if (missing) throw deniedAt(deps, caller, missing.connection);
    throw refuse('invalid_scope', {
      description: 'The scope names no connection of this API’s policy.',
      ...(wanted.length > 0 && { why: notListed }),
      connection: verdicts.find((verdict) => verdict.connection)?.connection?.alias,
    });
  }
  const { userId, onBehalf } = caller;
  if (!onBehalf) throw new Error('an API acts on behalf of an app');
  const scopes = given.map(({ scope }) => scope);
  const issued = await deps.issueExchanged({
    userId,
    actors: onBehalf.actors,
    api: api.id,
    scopes,
    connections: given.map(({ connection }) => connection.id),
    grantId: token.grantId,
    signedInAt: token.signedInAt,
    notAfter: token.expiresAt,
    bound,
  });
  await deps.retrievals.add({
    type: 'token.exchanged',
    userId,
    appId: onBehalf.app,
    detail: { api: api.id, actors: [...onBehalf.actors], scopes, seconds: issued.expiresIn },
  });
  return {
    access_token: issued.token,
    issued_token_type: ownTokenType,
    token_type: bound.jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: issued.expiresIn,
    scope: scopes.join(' '),
  };
}

async function verdictOn(
  deps: OnBehalfExchangeDeps,
  asked: { readonly caller: Caller; readonly scope: string; readonly mine: readonly IdentityBrief[] },
): Promise<Verdict> {
  const { caller, scope, mine } = asked;
  const connection = await deps.connections.find(scope.slice(providerTokenScope.length));
  // A provider token or proxied call is decided anew by the current policy; this decides what the token can name.
  const policy = connection && (await policyFor({ ...deps, ...deps.current }, caller, connection));
  if (!connection || !policy) return { kind: 'unknown', connection };
  const isLinked = connection.enabled && mine.some(({ connectionId }) => connectionId === connection.id);
  const isGiven = hasScopeFor(caller, connection) && policy.isAllowed !== false && isLinked;
  return isGiven ? { kind: 'given', scope, connection } : { kind: 'ask', connection };
}
