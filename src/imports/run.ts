import { spacesOf } from '../identities/shared-id.ts';
import type { Spaces } from '../identities/shared-id-store.ts';
import type { Connection } from '../login/connections.ts';
import type { TokenImport, TokenImportRun } from '../vault/import-tokens.ts';
import type { ImportOutcome } from '../vault/imported-set.ts';
import type { Open, ReadUser } from './exported-user.ts';
import type { IncomingSet, KnownIdentity } from './plan.ts';
import type { Left } from './reasons.ts';
import { createSharedOwners, type SharedOwners } from './shared-owners.ts';
import { countLeft, newTally, type Tally } from './tally.ts';

export interface ImportOptions {
  /** The name of the product, for the audit log. */
  readonly from: string;
  readonly read: ReadUser;
  /** Opens the tokens that the product has encrypted. Undefined: the operator gave no secret. */
  readonly open?: Open | undefined;
  /** The alias of a connection, by its name in the export where the two differ. */
  readonly names: ReadonlyMap<string, string>;
  /** The granted scopes by alias, for exports that do not state them. */
  readonly scopes: ReadonlyMap<string, readonly string[]>;
  /** The time at which the export was made; undefined: not known. */
  readonly exportedAt?: Date | undefined;
  /** True to ask providers about accounts and tokens that the export does not describe enough. */
  readonly ask?: boolean | undefined;
  /** True for a dry run, which writes nothing. */
  readonly dry: boolean;
  /** What becomes of known users who are blocked in the other product. Default: they are disabled. */
  readonly blocked?: 'disable' | 'report' | undefined;
  /** Whether users with a role here get accounts, and corrections of theirs. Default: they get none. */
  readonly changeRoleHolders?: boolean | undefined;
  readonly onLeft: (left: Left) => void;
  readonly onUser: (ref: string, userId: string) => void;
}

/** The state of one run. */
export interface Run extends ImportOptions {
  readonly tally: Tally;
  readonly tokenRun: TokenImportRun;
  readonly connections: readonly Connection[];
  readonly spaces: Spaces;
  readonly connectionOf: (name: string) => Connection | undefined;
  /** The exported user's id by the id of the user here, and the reverse. */
  readonly refByUserId: Map<string, string>;
  readonly userIdByRef: Map<string, string>;
  /** The users whom the run has disabled, or created so. */
  readonly disabledIds: Set<string>;
  /** The identities that a dry run would have inserted. */
  readonly dryRunIdentities: Map<string, KnownIdentity>;
  /** The ids of the identities to which a dry run would have given another key. */
  readonly dryRunRekeys: Set<string>;
  /** The users with shared ids that a dry run would have inserted. */
  readonly dryRunSharedOwners: SharedOwners;
}

/** Returns the state at the beginning of a run. */
export function newRun(
  options: ImportOptions,
  { vault, connections }: { readonly vault: TokenImport; readonly connections: readonly Connection[] },
): Run {
  return {
    ...options,
    tally: newTally(),
    tokenRun: vault.begin(options.dry),
    connections,
    spaces: spacesOf(connections),
    connectionOf: (name) => connections.find(({ alias }) => alias === (options.names.get(name) ?? name)),
    refByUserId: new Map(),
    userIdByRef: new Map(),
    disabledIds: new Set(),
    dryRunIdentities: new Map(),
    dryRunRekeys: new Set(),
    dryRunSharedOwners: createSharedOwners(),
  };
}

export function recordLeft(left: Left, { tally, onLeft }: Run): void {
  countLeft(tally, left);
  onLeft(left);
}

/** Counts the outcome for a token set. A token that is imported again misses nothing, so the report does not name it. */
export function countToken({ user, from }: IncomingSet, outcome: ImportOutcome | undefined, run: Run): void {
  const { tokens } = run.tally;
  if (outcome === 'new' || outcome === 'replaced') {
    tokens[outcome] += 1;
    return;
  }
  tokens.kept += 1;
  if (outcome === 'same_token') tokens.same += 1;
  else if (outcome) recordLeft({ user, connection: from, reason: outcome }, run);
}
