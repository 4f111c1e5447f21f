import { issuersOf } from '../connectors/contract/registration.ts';
import { exportedAccountIds, hasSubjectForm } from '../connectors/engine/exported-account.ts';
import type { MistakenIdentities, MistakenPair } from '../identities/mistaken-store.ts';
import type { KeyedIdentity, SubjectChange } from '../identities/subject-moves-store.ts';
import type { Connection } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';
import type { AskSubject } from './ask-subject.ts';
import type { MergeOutcome } from './merge-mistaken.ts';

export interface MendDeps {
  readonly mistaken: MistakenIdentities;
  /** Returns whether the user has a role here. */
  readonly holdsRole: (userId: string) => Promise<boolean>;
  readonly vault: Pick<Vault, 'health'>;
  readonly ask: AskSubject;
  /** Returns false if the identity has changed, or another one has the key. */
  readonly rekey: (identity: KeyedIdentity, to: SubjectChange) => Promise<boolean>;
  readonly merge: (pair: MistakenPair, connection: Connection) => Promise<MergeOutcome>;
}

export interface MendOptions {
  readonly connections: readonly Connection[];
  /** Whether providers are asked about accounts that nothing else explains. */
  readonly ask: boolean;
  readonly write: boolean;
  /** Whether the users of one account are merged. */
  readonly merge: boolean;
  /** Whether accounts of users with a role here are put right too. */
  readonly changeRoleHolders: boolean;
}

/**
 * `rekeyed`: it got the right id. `merged`, `same_user`: the right identity existed, and the wrong one is gone. All others are
 * left as they are.
 */
export type MendOutcome =
  | 'rekeyed'
  | MergeOutcome
  | 'holds_role'
  | 'several_users'
  | 'unknown_subject'
  | 'ask_provider'
  | 'provider_silent';

/** An identity under an id that no sign-in produces. */
export interface Mended {
  readonly connection: string;
  readonly identityId: string;
  readonly userId: string;
  readonly subject: string;
  readonly right?: string;
  /** The user whom the person became by a sign-in. */
  readonly into?: string;
  readonly outcome: MendOutcome;
}

const page = 500;
/** Questions to a provider at a time. */
const asksAtOnce = 8;

/**
 * Returns the search for identities that an import stored under an id that no sign-in produces. It puts them right by the
 * connection's options, or by the answer of their provider. Without `write` it changes nothing and asks no provider.
 */
export function createMendIdentities(deps: MendDeps) {
  const { mistaken, holdsRole, vault, rekey, merge } = deps;

  /** Returns the right subject, or the reason why it is not known. */
  async function subjectOf(
    identity: KeyedIdentity,
    connection: Connection,
    { ask, write }: MendOptions,
  ): Promise<{ readonly right: string } | { readonly outcome: MendOutcome }> {
    const { id, subject } = identity;
    const derived = exportedAccountIds(connection, { id: subject, profile: {}, claims: undefined });
    if (derived) return { right: derived.subject };
    const health = (await vault.health([{ id, connection }])).get(id);
    if (health?.state !== 'active') return { outcome: 'unknown_subject' };
    if (!ask || !write) return { outcome: 'ask_provider' };
    const right = await deps.ask(identity, connection);
    return right === undefined ? { outcome: 'provider_silent' } : { right };
  }

  async function mend(
    wrong: KeyedIdentity,
    connection: Connection,
    { write, merge: merges, changeRoleHolders }: MendOptions,
    subject: string,
  ): Promise<{ readonly outcome: MendOutcome; readonly into?: string }> {
    const { id: connectionId, registration } = connection;
    const keys = issuersOf(registration).map((issuer) => ({ connectionId, issuer, subject }));
    const right = await mistaken.findByKeys(keys);
    if (!right) {
      // The right id is a way to sign in, and an import's word for it.
      if (!changeRoleHolders && (await holdsRole(wrong.userId))) return { outcome: 'holds_role' };
      const done = !write || (await rekey(wrong, { issuer: registration.issuer, subject }));
      return { outcome: done ? 'rekeyed' : 'changed' };
    }
    const pair = { wrong, right };
    const isSameUser = wrong.userId === right.userId;
    const into = isSameUser ? {} : { into: right.userId };
    if (!merges && !isSameUser) return { outcome: 'several_users', ...into };
    if (write) return { outcome: await merge(pair, connection), ...into };
    return { outcome: (await mistaken.objection(pair)) ?? (isSameUser ? 'same_user' : 'merged'), ...into };
  }

  async function* ofPage(
    identities: readonly KeyedIdentity[],
    connection: Connection,
    options: MendOptions,
  ): AsyncGenerator<Mended> {
    for (let start = 0; start < identities.length; start += asksAtOnce) {
      const some = identities.slice(start, start + asksAtOnce);
      const subjects = await Promise.all(some.map((one) => subjectOf(one, connection, options)));
      for (const [index, identity] of some.entries()) {
        const { id: identityId, userId, subject } = identity;
        const found = subjects[index] ?? { outcome: 'unknown_subject' };
        const about = { connection: connection.alias, identityId, userId, subject };
        if (!('right' in found)) yield { ...about, ...found };
        else yield { ...about, ...found, ...(await mend(identity, connection, options, found.right)) };
      }
    }
  }

  return async function* (options: MendOptions): AsyncGenerator<Mended> {
    for (const connection of options.connections) {
      if (!connection.connector.exportedIds) continue;
      const issuers = issuersOf(connection.registration);
      for (let after = ''; ; ) {
        const { identities, last } = await mistaken.after(connection.id, after, page);
        const wrong = identities.filter(
          ({ issuer, subject }) => issuers.includes(issuer) && !hasSubjectForm(connection, subject),
        );
        yield* ofPage(wrong, connection, options);
        if (last === undefined) break;
        after = last;
      }
    }
  };
}
