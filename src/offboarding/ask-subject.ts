import { UpstreamError } from '../connectors/contract/failures.ts';
import { OriginChangedError } from '../connectors/engine/destinations.ts';
import { exportedAccountIds, hasSubjectForm, isIdOf } from '../connectors/engine/exported-account.ts';
import type { KeyedIdentity } from '../identities/subject-moves-store.ts';
import type { JsonObject } from '../kit/exact-json.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';

/** Asks an identity's provider for its subject, by the stored tokens. Undefined: the provider does not tell it. */
export type AskSubject = (identity: KeyedIdentity, connection: Connection) => Promise<string | undefined>;

/** Returns the question. A provider without a profile endpoint tells the ids in the ID token of a refresh. */
export function createAskSubject(vault: Pick<Vault, 'accountOf' | 'refreshNow'>): AskSubject {
  return async (identity, connection) => {
    const { id: identityId, userId, subject: id } = identity;
    let inIdToken: string | undefined;
    const hearing = withIdTokens(connection, (claims) => {
      inIdToken = exportedAccountIds(connection, { id, profile: {}, claims })?.subject;
      return inIdToken !== undefined;
    });
    const target = { identityId, userId, subject: id, connection: hearing };
    const account = await unlessRefused(vault.accountOf(target));
    const inProfile = account && isIdOf(account, id) ? account.subject : undefined;
    if (inProfile === undefined && inIdToken === undefined && connection.connector.family === 'oidc')
      await unlessRefused(vault.refreshNow(target));
    const found = inProfile ?? inIdToken;
    return found !== undefined && hasSubjectForm(connection, found) ? found : undefined;
  };
}

/**
 * Returns the connection with a listener for the ID tokens of refreshes. A token that the listener knows is not held against
 * the identity, whose stored subject is known to be wrong.
 */
function withIdTokens(connection: Connection, isKnown: (claims: JsonObject) => boolean): Connection {
  const { upstream } = connection;
  const refresh: typeof upstream.refresh = async (stored) => {
    const issued = await upstream.refresh(stored);
    const { idTokenClaims, ...rest } = issued;
    return idTokenClaims && isKnown(idTokenClaims) ? rest : issued;
  };
  return { ...connection, upstream: { ...upstream, refresh } };
}

async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof UpstreamError || error instanceof OriginChangedError) return undefined;
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
}
