import { z } from 'zod';
import { missingScopes } from '../../connectors/contract/scope-cover.ts';
import type { Identities } from '../../identities/identities.ts';
import type { Issuance } from '../../issuance/issuance.ts';
import { isConfidential } from '../../issuance/registry/app.ts';
import { redirectUriFits } from '../../issuance/registry/redirect-uris.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { Problem } from '../../kit/problem.ts';
import type { Connection, Connections } from '../../login/connections.ts';
import type { UpstreamRevocations } from '../../vault/upstream-revocation/upstream-revocations.ts';
import type { Vault } from '../../vault/vault.ts';
import { type ConnectRequests, ticketLifetime } from './connect-requests.ts';

export interface ConnectedAccountsDeps {
  readonly issuer: string;
  readonly issuance: Pick<Issuance, 'apps' | 'standingScopes'>;
  readonly identities: Pick<Identities, 'ofUser'>;
  readonly connections: Connections;
  readonly vault: Pick<Vault, 'health'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'revoke'>;
  readonly requests: ConnectRequests;
  readonly events: Events;
  readonly clock: Clock;
}

/** An app that acts for a user. */
export interface Actor {
  readonly userId: string;
  readonly clientId: string;
}

export interface ConnectedAccount {
  readonly id: string;
  readonly connection: string;
  readonly access_type: 'offline';
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at?: string;
}

// RFC 7636 section 4.1 and 4.2, RFC 6749 section 3.3.
const pkceText = z.string().regex(/^[\w\-.~]{43,128}$/);
const scopeToken = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/);

export const connectBody = z.object({
  connection: z.string().min(1).max(64),
  redirect_uri: z.string().min(1).max(2048),
  state: z
    .string()
    .max(2048)
    .regex(/^[\x20-\x7e]*$/)
    .optional(),
  scopes: z.array(scopeToken).max(50).default([]),
  code_challenge: pkceText.optional(),
  code_challenge_method: z.literal('S256').optional(),
});

export const completeBody = z.object({
  auth_session: z.string().min(1).max(256),
  connect_code: z.string().min(1).max(256),
  redirect_uri: z.string().min(1).max(2048),
  code_verifier: pkceText.optional(),
});

/** Auth0's Connected Accounts: an app connects accounts for its user, lists them and deletes them. */
export function createConnectedAccounts(deps: ConnectedAccountsDeps) {
  const { issuer, issuance, identities, connections, vault, upstreamRevocations, requests, events, clock } =
    deps;

  /** Returns the enabled connections that the app's policy lists. Others are invisible to it. */
  async function visibleConnections(clientId: string): Promise<readonly Connection[]> {
    const policy = await issuance.apps.policyOf(clientId);
    return (await connections.all()).filter(({ id, enabled }) => enabled && policy.has(id));
  }

  async function accountsOf({ userId, clientId }: Actor) {
    const known = new Map(
      (await visibleConnections(clientId)).map((connection) => [connection.id, connection]),
    );
    const pairs = (await identities.ofUser(userId)).flatMap((identity) => {
      const connection = known.get(identity.connectionId);
      return connection ? [{ identity, connection }] : [];
    });
    const healthById = await vault.health(
      pairs.map(({ identity, connection }) => ({ id: identity.id, connection })),
    );
    // An account for sign-in only, whose grant was never stored or was revoked, is not a connected account.
    return pairs.flatMap((pair) => {
      const health = healthById.get(pair.identity.id);
      return health && health.state !== 'revoked' ? [{ ...pair, health }] : [];
    });
  }

  return {
    async connect({ userId, clientId }: Actor, body: z.output<typeof connectBody>) {
      const app = await issuance.apps.get(clientId);
      const connection = (await visibleConnections(clientId)).find(({ alias }) => alias === body.connection);
      if (!app || !connection) throw new Problem('connection_not_allowed');
      const policyLine = app.connections.find(({ connection: alias }) => alias === connection.alias);
      const { scopes: allowedScopes = [] } = policyLine ?? {};
      if (
        allowedScopes.length > 0 &&
        missingScopes(connection.connector, allowedScopes, body.scopes).length > 0
      )
        throw new Problem('connection_not_allowed', {
          detail: 'The policy of this app does not allow these scopes.',
        });
      if (!redirectUriFits(body.redirect_uri, app.redirectUris, app.type === 'native' ? 'address' : 'none'))
        throw new Problem('invalid_request', { detail: 'redirect_uri is not one of this app.' });
      if (body.code_challenge === undefined && !isConfidential(app.type))
        throw new Problem('invalid_request', {
          detail: 'code_challenge is required of an app without a secret.',
        });
      const { ticket, authSession } = await requests.begin({
        userId,
        appId: clientId,
        connectionId: connection.id,
        redirectUri: body.redirect_uri,
        state: body.state ?? null,
        scopes: body.scopes,
        codeChallenge: body.code_challenge ?? null,
      });
      return {
        auth_session: authSession,
        connect_uri: `${issuer}/account/connect`,
        connect_params: { ticket },
        expires_in: ticketLifetime / 1000,
      };
    },

    async complete(
      { userId, clientId }: Actor,
      body: z.output<typeof completeBody>,
    ): Promise<ConnectedAccount> {
      const { auth_session, connect_code, redirect_uri, code_verifier } = body;
      const completed = await requests.complete({
        userId,
        appId: clientId,
        authSession: auth_session,
        connectCode: connect_code,
        redirectUri: redirect_uri,
        codeVerifier: code_verifier,
      });
      const found = (await accountsOf({ userId, clientId })).find(
        ({ identity }) => identity.id === completed?.identityId,
      );
      if (!found)
        throw new Problem('invalid_request', {
          detail: 'auth_session or connect_code is invalid or expired.',
        });
      const scopes = [`idp:${found.connection.alias}`];
      const { connection } = found;
      await issuance.standingScopes.allow({ userId, clientId, connection, at: clock.now() });
      await events.record({ type: 'consent.given', userId, appId: clientId, detail: { scopes } });
      return describe(found);
    },

    async list(actor: Actor, alias: string | undefined): Promise<readonly ConnectedAccount[]> {
      const all = await accountsOf(actor);
      return all.filter(({ connection }) => alias === undefined || connection.alias === alias).map(describe);
    },

    /** Revokes the grant, at the provider too. The person can still sign in with the account. */
    async remove(actor: Actor, id: string): Promise<void> {
      const found = (await accountsOf(actor)).find(({ identity }) => accountId(identity.id) === id);
      if (!found) throw new Problem('not_found');
      const { identity, connection } = found;
      const { id: identityId, userId, subject } = identity;
      await upstreamRevocations.revoke({ identityId, userId, connection, subject });
    },

    async connections({ clientId }: Actor) {
      return (await visibleConnections(clientId)).map(({ alias, connector, registration }) => ({
        name: alias,
        strategy: connector.provider,
        scopes: [...registration.scopes],
      }));
    },
  };
}

type Account = {
  readonly identity: { readonly id: string; readonly linkedAt: Date };
  readonly connection: Connection;
  readonly health: { readonly scopes: readonly string[]; readonly refreshExpiresAt: Date | null };
};

function describe({ identity, connection, health }: Account): ConnectedAccount {
  return {
    id: accountId(identity.id),
    connection: connection.alias,
    access_type: 'offline',
    scopes: [...health.scopes],
    created_at: identity.linkedAt.toISOString(),
    ...(health.refreshExpiresAt && { expires_at: health.refreshExpiresAt.toISOString() }),
  };
}

/** The prefix is Auth0's, since apps may check it. */
function accountId(identityId: string): string {
  return identityId.replace(/^idn_/, 'cac_');
}
