import { spacesOf } from '../identities/shared-id.ts';
import type { Spaces } from '../identities/shared-id-store.ts';
import type { KeyedIdentity, SubjectChange } from '../identities/subject-moves-store.ts';
import type { UserImportStore } from '../identities/user-import-store.ts';
import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { TokenImport } from '../vault/import-tokens.ts';
import type { Open, ReadUser } from './exported-user.ts';
import type { ImportableAccount } from './importable-account.ts';
import { type ImportableUser, type KnownIdentity, keyText, type Plan, planBatch } from './plan.ts';
import { readRecord } from './read-record.ts';
import type { Left } from './reasons.ts';
import { countLeft, newTally, type Tally } from './tally.ts';

/**
 * The import of users, their accounts and provider tokens from another product. This room owns the export
 * formats, the matching of exported users with users here, and the reasons why something is skipped. It
 * writes nothing itself: users and identities go to `identities`, token sets to `vault`. Reading options and
 * printing the report is the command's task (`cli/import.ts`).
 */
export interface Imports {
  /**
   * Imports the records in batches, and yields the running totals after each. A run may be stopped and
   * repeated.
   */
  run(records: AsyncIterable<unknown>, options: ImportOptions): AsyncGenerator<Tally>;
}

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
  /** True for a dry run, which writes nothing. */
  readonly dry: boolean;
  readonly onLeft: (left: Left) => void;
  readonly onUser: (ref: string, userId: string) => void;
}

export interface ImportsDeps {
  readonly connections: Pick<Connections, 'all'>;
  readonly identities: UserImportStore;
  /** Gives an identity another id, with its tokens. Returns false if it has changed meanwhile. */
  readonly rekey: (identity: KeyedIdentity, to: SubjectChange) => Promise<boolean>;
  readonly vault: TokenImport;
  readonly clock: Clock;
  readonly events: Events;
}

const batchSize = 500;
/**
 * The rounds after which a batch gives up: each failed round means that a concurrent sign-in created one of
 * its identities.
 */
const mostRounds = 20;

/** The state of one run. */
interface Run extends ImportOptions {
  readonly tally: Tally;
  readonly spaces: Spaces;
  readonly connectionOf: (name: string) => Connection | undefined;
  /** The exported user's id by the id of the user here, and the reverse. */
  readonly refByUserId: Map<string, string>;
  readonly userIdByRef: Map<string, string>;
  /** The identities that a dry run would have inserted. */
  readonly dryRunIdentities: Map<string, KnownIdentity>;
  /** The ids of the identities to which a dry run would have given another key. */
  readonly dryRunRekeys: Set<string>;
}

export function createImports(deps: ImportsDeps): Imports {
  const { identities, rekey, vault, clock, events } = deps;

  /** Reads which accounts of the batch have an identity here, and which users here have their shared ids. */
  async function readFacts(batch: readonly ImportableUser[], run: Run) {
    const accounts = batch.flatMap((one) => one.accounts);
    const found = await identities.findKnown(
      accounts.flatMap(({ key, formerKeys, mistakenKeys }) => [key, ...formerKeys, ...mistakenKeys]),
    );
    const known = new Map<string, KnownIdentity>(found.map((identity) => [keyText(identity), identity]));
    const foundByKey = new Map(found.map((identity) => [keyText(identity), identity]));
    const mistakenOf = ({ mistakenKeys }: ImportableAccount) =>
      mistakenKeys
        .map((key) => foundByKey.get(keyText(key)))
        .find((identity) => identity && !run.dryRunRekeys.has(identity.id));
    for (const { key, formerKeys } of accounts) {
      const [former] = formerKeys.flatMap((one) => known.get(keyText(one)) ?? []);
      if (former && !known.has(keyText(key))) known.set(keyText(key), former);
      const planned = run.dryRunIdentities.get(keyText(key));
      if (planned) known.set(keyText(key), planned);
    }
    const unknown = accounts.filter(({ key }) => !known.has(keyText(key)));
    const asked = unknown.flatMap(({ key, profile: { shared } }) =>
      shared ? [{ ...shared, connectionId: key.connectionId }] : [],
    );
    const owners = await identities.ownersOf(asked, run.spaces);
    const sharedOwnerOf = ({ key, profile: { shared } }: ImportableAccount) =>
      owners.find(
        ({ connectionId, space, value }) =>
          connectionId === key.connectionId && space === shared?.space && value === shared.value,
      )?.userId;
    const knownKeys = new Set(accounts.map(({ key }) => keyText(key)).filter((key) => known.has(key)));
    return { known, knownCount: knownKeys.size, mistakenOf, sharedOwnerOf };
  }

  async function planAndInsert(
    batch: readonly ImportableUser[],
    run: Run,
  ): Promise<{ plan: Plan; known: number }> {
    for (let round = 0; round < mostRounds; round += 1) {
      const facts = {
        ...(await readFacts(batch, run)),
        refByUserId: run.refByUserId,
        userIdByRef: run.userIdByRef,
      };
      const plan = planBatch(batch, facts);
      if (run.dry || ((await rekeyAll(plan, run)) && (await insert(plan))))
        return { plan, known: facts.knownCount + plan.rekeys.size };
    }
    throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
  }

  /** Returns false if a concurrent change needs another round. Those that were done stay done. */
  async function rekeyAll({ rekeys }: Plan, { tally }: Run): Promise<boolean> {
    for (const { identity, to } of rekeys.values()) {
      if (!(await rekey(identity, to))) return false;
      tally.identities.rekeyed += 1;
    }
    return true;
  }

  async function insert(plan: Plan): Promise<boolean> {
    return plan.identities.length === 0 || (await identities.insert(plan, clock.now()));
  }

  async function importBatch(batch: readonly ImportableUser[], run: Run): Promise<void> {
    const { plan, known } = await planAndInsert(batch, run);
    const outcomes = await vault.take(plan.incoming, run.dry);
    const { users, identities, tokens } = run.tally;
    const existing = plan.userIdByRef.size - plan.users.length;
    const countedBefore = [...plan.userIdByRef.keys()].filter((ref) => run.userIdByRef.has(ref)).length;
    for (const [ref, userId] of plan.userIdByRef) {
      run.userIdByRef.set(ref, userId);
      run.refByUserId.set(userId, ref);
      // In a dry run, the id of a new user is not the one that the run will choose.
      if (!run.dry) run.onUser(ref, userId);
    }
    if (run.dry) {
      for (const [key, identity] of plan.identityByKey) run.dryRunIdentities.set(key, identity);
      for (const id of plan.rekeys.keys()) run.dryRunRekeys.add(id);
      identities.rekeyed += plan.rekeys.size;
    }
    for (const { user, reason } of plan.refused) recordLeft({ user, reason }, run);
    users.new += plan.users.length;
    // Some exports have several records for one user.
    users.known += existing - countedBefore;
    users.left += plan.refused.length;
    identities.new += plan.identities.length;
    identities.known += known;
    for (const outcome of outcomes.values()) tokens[outcome] += 1;
  }

  return {
    async *run(records, options) {
      const all = await deps.connections.all();
      const run: Run = {
        ...options,
        tally: newTally(),
        spaces: spacesOf(all),
        connectionOf: (name) => all.find(({ alias }) => alias === (options.names.get(name) ?? name)),
        refByUserId: new Map(),
        userIdByRef: new Map(),
        dryRunIdentities: new Map(),
        dryRunRekeys: new Set(),
      };
      const { from } = options;
      if (!run.dry) await events.record({ type: 'import.started', detail: { from } });
      for await (const batch of batches(records)) {
        await importBatch(readBatch(batch, run, clock.now()), run);
        yield run.tally;
      }
      const { users, identities, tokens } = run.tally;
      const detail = { from, users: users.new, identities: identities.new, tokens: tokens.new };
      if (!run.dry) await events.record({ type: 'import.finished', detail });
    },
  };
}

function recordLeft(left: Left, { tally, onLeft }: Run): void {
  countLeft(tally, left);
  onLeft(left);
}

/** Returns the importable users of a batch, and records everything that is skipped. */
function readBatch(batch: readonly unknown[], run: Run, now: Date): readonly ImportableUser[] {
  const { users } = run.tally;
  return batch.flatMap((record) => {
    users.read += 1;
    const { importable, left } = readRecord(record, { ...run, now, number: users.read });
    for (const one of left) recordLeft(one, run);
    if (!importable) users.left += 1;
    return importable ? [importable] : [];
  });
}

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
