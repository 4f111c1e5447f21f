import type { Identities, Identity } from '../../identities/identities.ts';
import { seconds } from '../../kit/clock.ts';
import { Problem } from '../../kit/problem.ts';
import type { Connection } from '../../login/connections.ts';
import type { Caller } from '../../retrieval/permission.ts';
import { type RetrievalDeps, retrieve } from '../../retrieval/retrieve.ts';

export interface ManagementDeps extends Omit<RetrievalDeps, 'identities'> {
  readonly identities: Identities;
}

/** An app that acts for itself. */
export interface Manager {
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** The stated reason, if any; it is audited. */
  readonly reason: string | undefined;
  /** Checks its token again, past every cache. @throws Problem when it is no longer valid. */
  readonly again: () => Promise<unknown>;
}

/** The reason in the audit log when the app states none. */
const usualReason = 'read:user_idp_tokens';

/**
 * Returns a user as Auth0's Management API shows one. With `read:user_idp_tokens` each identity has the
 * provider's access token, refreshed if needed, if the app's policy allows background access; never the refresh token.
 */
export async function readUser(deps: ManagementDeps, manager: Manager, id: string) {
  const user = await deps.identities.findUser((await userIdOf(deps, id)) ?? '');
  const withTokens = manager.scopes.has('read:user_idp_tokens');
  if (!user) {
    const refusal = new Problem('not_found', { detail: 'The user does not exist.' });
    if (withTokens) deps.refusals.note(refusal, { why: refusal.code, appId: manager.clientId });
    throw refusal;
  }
  const mine = await deps.identities.ofUser(user.id);
  const identities = await Promise.all(
    mine.map(async (identity) => {
      const connection = await deps.connections.findById(identity.connectionId);
      if (!connection) return [];
      const token = withTokens ? await tokenOf(deps, manager, { identity, connection }) : {};
      return [{ ...describe(identity, connection), ...token }];
    }),
  );
  const main = mine.find(({ email, emailVerified }) => email !== null && emailVerified) ?? mine[0];
  return {
    user_id: user.id,
    name: user.name,
    picture: user.picture,
    email: main?.email ?? null,
    email_verified: main?.emailVerified ?? false,
    blocked: user.disabledAt !== null,
    created_at: user.createdAt.toISOString(),
    last_login: user.lastLoginAt?.toISOString() ?? null,
    identities: identities.flat(),
  };
}

/** Returns the user id. `id` is the broker's, or in Auth0's form: the connection and the id at the provider. */
async function userIdOf(
  { identities, connections }: ManagementDeps,
  id: string,
): Promise<string | undefined> {
  const [, alias, subject] = /^([^|]+)\|(.+)$/s.exec(id) ?? [];
  if (alias === undefined || subject === undefined) return id;
  const connection = await connections.find(alias);
  const [identity] = connection ? await identities.ofSubject(subject, [connection.id]) : [];
  return identity?.userId;
}

interface Linked {
  readonly identity: Identity;
  readonly connection: Connection;
}

function describe(
  { subject, name, picture, email, emailVerified }: Identity,
  { alias, connector }: Connection,
) {
  return {
    connection: alias,
    provider: connector.provider,
    user_id: subject,
    isSocial: true,
    profileData: { name, picture, email, email_verified: emailVerified },
  };
}

/** Returns the token's members: none for an identity without a usable token, or whose token the app may not have. */
async function tokenOf(
  deps: ManagementDeps,
  { clientId, reason, again }: Manager,
  { identity, connection }: Linked,
) {
  const caller: Caller = {
    clientId,
    userId: identity.userId,
    // The scope of the Management API stands for all `idp:` scopes; the policy of each connection decides.
    scopes: new Set([`idp:${connection.alias}`]),
    granted: { connections: [connection.id], at: connection.createdAt },
    background: true,
    async again() {
      await again();
      return caller;
    },
  };
  const needs = { minTtl: seconds(60), refreshedSince: undefined };
  try {
    const ask = { ref: identity.id, needs, scopes: [], reason: reason ?? usualReason };
    const { access_token, expires_in } = await retrieve(deps, caller, ask);
    return { access_token, ...(expires_in !== null && { expires_in }) };
  } catch (error) {
    // An outage is not hidden as a missing token: the app may retry.
    if (error instanceof Problem && error.code !== 'unavailable') return {};
    throw error;
  }
}
