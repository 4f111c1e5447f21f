import type { Express } from 'express';
import type { Decisions } from '../agents/decisions.ts';
import { ensureAuth0Apis } from '../dialects/auth0/apis.ts';
import { createConnectRequestStore } from '../dialects/auth0/connect-request-store.ts';
import { type ConnectRequests, createConnectRequests } from '../dialects/auth0/connect-requests.ts';
import { createConnectedAccounts } from '../dialects/auth0/connected-accounts.ts';
import { auth0Routes } from '../dialects/auth0/routes.ts';
import { tokenVaultExchange, tokenVaultGrant, tokenVaultParameters } from '../dialects/auth0/token-vault.ts';
import {
  brokerTokenGrant,
  brokerTokenParameters,
  brokerTokenV2,
} from '../dialects/keycloak/broker-token-v2.ts';
import {
  externalToken,
  externalTokenGrant,
  externalTokenParameters,
} from '../dialects/keycloak/external-token.ts';
import { keycloakRoutes } from '../dialects/keycloak/routes.ts';
import type { PresentedToken } from '../http/bearer.ts';
import type { ErrorDialect } from '../http/errors.ts';
import { pointToMetadata, protectedResourceRoute } from '../http/protected-resource.ts';
import { accountScopes } from '../issuance/consent/account-scopes.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { nativeParameters, nativeSignIn } from '../issuance/tokens/native-grant.ts';
import { type AccessToken, invalidToken } from '../issuance/tokens/verify-access-token.ts';
import type { Database } from '../kit/database/database.ts';
import { isId } from '../kit/ids.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import type { Connections } from '../login/connections.ts';
import { createNativeLogin, type NativeLoginDeps } from '../login/native-login.ts';
import { createSpentProofStore } from '../login/spent-proof-store.ts';
import { type ApiTickets, createApiTickets } from '../retrieval/api-tickets.ts';
import { createLinks } from '../retrieval/links.ts';
import { createOnBehalfExchange } from '../retrieval/on-behalf-exchange.ts';
import { createPeekAnswer, type PeekAnswer, type PeekDeps } from '../retrieval/peek-answer.ts';
import { createDoubts } from '../retrieval/proxy/doubts.ts';
import type { ProxyDeps } from '../retrieval/proxy/proxy-call.ts';
import { createRateStore } from '../retrieval/rate-store.ts';
import { createRates } from '../retrieval/rates.ts';
import { createRefusals } from '../retrieval/refusals.ts';
import { retrievalRoutes } from '../retrieval/routes.ts';
import { tokenExchange, tokenExchangeGrant, tokenExchangeParameters } from '../retrieval/token-exchange.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';

type Own =
  | 'refusals'
  | 'links'
  | 'policyOf'
  | 'apiUse'
  | 'identities'
  | 'connections'
  | 'standingScopes'
  | 'heard'
  | 'rates'
  | 'doubts'
  | 'current';

export interface TokenApisDeps extends Omit<ProxyDeps, Own> {
  readonly issuer: string;
  readonly realm: string;
  readonly database: Database;
  readonly log: Logger;
  readonly rowTags: RowTags;
  readonly keyring: Keyring;
  readonly issuance: Issuance;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'revoke'>;
  /** Finds or creates the user of a native sign-in, and stores the tokens. */
  readonly onSignIn: NativeLoginDeps['onSignIn'];
  readonly decisions: Pick<Decisions, 'approvedCalls'>;
  readonly identities: Parameters<typeof retrievalRoutes>[0]['identities'];
  readonly connections: Connections;
  readonly vault: ProxyDeps['vault'] & PeekDeps['vault'];
  readonly retrievals: ProxyDeps['retrievals'] & PeekDeps['retrievals'];
}

/**
 * The APIs by which apps retrieve provider tokens: REST, token exchange, the proxy and the dialects of other
 * brokers. All of them ask `retrieval` for permission.
 */
export interface TokenApis {
  mountDialects(app: Express): void;
  /** The requests that the account page shows for approval. */
  readonly connectRequests: ConnectRequests;
  readonly apiTickets: ApiTickets;
  /** The parts of retrieval, for rooms that call providers by its proxy. */
  readonly retrieval: ProxyDeps;
  readonly peekAnswer: PeekAnswer;
  /** Mounted first, since it serves most requests. */
  mountRetrieval(app: Express): void;
  /** Deletes expired rows. */
  prune(now: Date): Promise<void>;
  /** Records the counts of refused retrievals whose minute is over, or all counts. */
  recordRefused(all?: boolean): Promise<void>;
}

/** Wires the APIs, and registers their grant types at the token endpoint of issuance. */
export async function createTokenApis({
  issuer,
  realm,
  database,
  rowTags,
  issuance,
  ...rest
}: TokenApisDeps): Promise<TokenApis> {
  const rates = createRates({ store: createRateStore(database.pool), clock: rest.clock });
  const refusals = createRefusals(rest);
  const apiTickets = createApiTickets(rest.keyring, rest.clock);
  const retrieval = {
    ...rest,
    heard: database.heard,
    rates,
    doubts: createDoubts(rest.clock),
    refusals,
    issuer,
    links: createLinks(issuer, apiTickets.make),
    policyOf: async (clientId: string, connectionId: string) =>
      (await issuance.apps.policyOf(clientId)).get(connectionId),
    apiUse: issuance.apiUses.of,
    apis: issuance.apis,
    apiUses: issuance.apiUses,
    issueExchanged: issuance.issueExchanged,
    requireBound: issuance.requireBound,
    // `now`: past every cache, for a caller that has waited for a provider.
    verify: ownTokens((presented: PresentedToken, asOf?: 'now') =>
      issuance.verifyAccessToken(presented, `${issuer}/v1`, asOf),
    ),
    verifyAny: (presented: PresentedToken, asOf?: 'now') =>
      issuance.verifyAccessToken(presented, `${issuer}/v1`, asOf),
    verifyFor: issuance.verifyAccessToken,
    approvedCalls: rest.decisions.approvedCalls,
    verifyOwn: issuance.verifyOwnToken,
    verifyRefreshToken: issuance.verifyRefreshToken,
    standingScopes: issuance.standingScopes,
    current: currentSources(issuance, rest.connections),
  };
  const onBehalf = createOnBehalfExchange(retrieval);
  const exchange = tokenExchange({ ...retrieval, onBehalf });
  const spent = createSpentProofStore(database.prisma);
  const signIn = nativeSignIn({
    nativeLogin: createNativeLogin({ ...rest, spent }),
    issueTokens: issuance.issueTokens,
  });
  issuance.registerGrant({
    type: tokenExchangeGrant,
    params: [...new Set([...tokenExchangeParameters, ...nativeParameters])],
    // A token of another issuer signs a user in; one of the broker is exchanged for a provider's.
    handler: (call) =>
      call.params.subject_issuer === undefined || isId('api', call.clientId) ? exchange(call) : signIn(call),
    alsoFor: 'native',
    forApis: true,
  });
  issuance.registerGrant({
    type: tokenVaultGrant,
    params: tokenVaultParameters,
    handler: tokenVaultExchange(retrieval),
    forApis: true,
  });
  issuance.registerGrant({
    type: brokerTokenGrant,
    params: brokerTokenParameters,
    handler: brokerTokenV2(retrieval),
    alsoFor: 'all',
  });
  issuance.registerGrant({
    type: externalTokenGrant,
    params: externalTokenParameters,
    handler: externalToken(retrieval),
  });
  await ensureAuth0Apis(issuance.apis, issuer);
  const requests = createConnectRequests(createConnectRequestStore(database, rowTags), rest.clock, () =>
    rest.keyring.derive('agent-connect-ticket'),
  );
  const connectedAccounts = createConnectedAccounts({ ...rest, issuer, issuance, requests });
  return {
    connectRequests: requests,
    apiTickets,
    retrieval,
    peekAnswer: createPeekAnswer({ ...retrieval, ...issuance }),
    recordRefused: refusals.recordCounts,
    mountDialects(app) {
      app.use(keycloakRoutes({ ...retrieval, realm, issuance }));
      app.use(auth0Routes({ ...retrieval, issuer, issuance, connectedAccounts }));
    },
    mountRetrieval(app) {
      const resource = { issuer, path: '/v1' };
      const scopes = () => accountScopes({ known: rest.connections.all });
      app.use(protectedResourceRoute({ ...resource, name: 'Linked accounts', scopes }));
      app.use('/v1', retrievalRoutes(retrieval), pointToMetadata(resource));
    },
    async prune(now) {
      await Promise.all([rates.prune(now), requests.removeExpired(now), spent.prune(now)]);
    },
  };
}

/**
 * Returns the sources of permission past every cache, as the tables are now. Retrieval reads them again after it has
 * waited for a provider.
 */
function currentSources(
  { apps, apiUses, standingScopes }: Issuance,
  connections: Connections,
): ProxyDeps['current'] {
  return {
    policyOf: async (clientId, connectionId) => (await apps.policyNow(clientId)).get(connectionId),
    apiUse: (use, connection) => apiUses.of(use, connection, 'now'),
    standingScopes: { inBackground: (pair) => standingScopes.inBackground(pair, 'now') },
    connections: {
      find: connections.findNow,
      async findById(id) {
        const known = await connections.findById(id);
        const current = known && (await connections.findNow(known.alias));
        return current?.id === id ? current : undefined;
      },
    },
  };
}

/**
 * Returns the verification for entry points where an app presents its own token. One by which an API acts is good at `/v1`
 * only: it is not exchanged again, and opens no dialect's door.
 */
function ownTokens(
  verify: (presented: PresentedToken, asOf?: 'now') => Promise<AccessToken>,
): (presented: PresentedToken, asOf?: 'now') => Promise<AccessToken> {
  return async (presented, asOf) => {
    const verified = await verify(presented, asOf);
    if (verified.onBehalf) throw invalidToken();
    return verified;
  };
}

/** Returns the error format of a path. */
export function errorDialectOf({ path }: { readonly path: string }): ErrorDialect {
  if (/^\/(v1|me|mcp|admin|openapi\.json)(\/|$)/.test(path)) return 'problem';
  if (/^\/(oauth\/|userinfo$|\.well-known\/|realms\/|api\/v2\/)/.test(path)) return 'oauth';
  return 'page';
}
