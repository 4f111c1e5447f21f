import { createCircuits } from '../connectors/engine/circuit.ts';
import type { KeyedIdentity, SubjectChange } from '../identities/subject-moves-store.ts';
import type { UserImportStore } from '../identities/user-import-store.ts';
import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import type { Connections } from '../login/connections.ts';
import type { TokenImport } from '../vault/import-tokens.ts';
import { askAboutAccounts } from './ask-accounts.ts';
import { createAskProvider } from './ask-provider.ts';
import { type BlockedUsers, settleBlocked } from './blocked.ts';
import { byHalves } from './by-halves.ts';
import { type BatchFacts, readFacts } from './facts.ts';
import { type ImportableUser, type IncomingSet, type Plan, planBatch } from './plan.ts';
import { importableUser, type ReadRecord, readRecord } from './read-record.ts';
import { roleHoldersIn } from './role-holders.ts';
import { countToken, type ImportOptions, newRun, type Run, recordLeft } from './run.ts';
import type { Tally } from './tally.ts';

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

export interface ImportsDeps {
  readonly connections: Pick<Connections, 'all'>;
  readonly identities: UserImportStore;
  /** Gives an identity another id, with its tokens. Returns false if it has changed meanwhile. */
  readonly rekey: (identity: KeyedIdentity, to: SubjectChange) => Promise<boolean>;
  readonly blockedUsers: BlockedUsers;
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

export function createImports(deps: ImportsDeps): Imports {
  const { identities, rekey, blockedUsers, vault, clock, events } = deps;
  const askProvider = createAskProvider({ circuitOf: createCircuits(clock), clock });

  /** Returns the importable users of a batch, and records everything that is skipped. */
  async function importableBatch(batch: readonly unknown[], run: Run): Promise<readonly ImportableUser[]> {
    const now = clock.now();
    const read = readBatch(batch, run, now);
    const records = run.ask ? await askAboutAccounts(askProvider, read, { run, now }) : read;
    return records.flatMap((record) => {
      const { importable, left } = record.read ? importableUser(record.read) : { left: [] };
      for (const one of [...record.left, ...left]) recordLeft(one, run);
      if (!importable) run.tally.users.left += 1;
      return importable ? [importable] : [];
    });
  }

  async function planAndInsert(
    batch: readonly ImportableUser[],
    run: Run,
  ): Promise<{ plan: Plan; known: number }> {
    for (let round = 0; round < mostRounds; round += 1) {
      const facts = await readFacts(identities, batch, run);
      const roleHolders = run.changeRoleHolders
        ? new Set<string>()
        : await roleHoldersIn(batch, facts, identities);
      const plan = planBatch(batch, { ...facts, roleHolders });
      if (run.dry || ((await rekeyAll(plan, run)) && (await insert(plan, facts))))
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

  async function insert(plan: Plan, { guard }: BatchFacts): Promise<boolean> {
    return plan.identities.length === 0 || (await identities.insert({ ...plan, guard }, clock.now()));
  }

  async function importBatch(batch: readonly ImportableUser[], run: Run): Promise<void> {
    const { plan, known } = await planAndInsert(batch, run);
    await settleBlocked(batch, { plan, run, blockedUsers });
    const { users, identities } = run.tally;
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
      run.dryRunSharedOwners.addAll(plan.sharedOwners);
      identities.rekeyed += plan.rekeys.size;
    }
    for (const { user, reason } of plan.refused) recordLeft({ user, reason }, run);
    for (const one of plan.left) recordLeft(one, run);
    users.new += plan.users.length;
    // Some exports have several records for one user.
    users.known += existing - countedBefore;
    users.left += plan.refused.length;
    identities.new += plan.identities.length;
    identities.known += known;
    await byHalves(
      plan.incoming,
      (sets) => takeTokens(sets, run),
      ({ user, from }) => {
        recordLeft({ user, connection: from, reason: 'malformed' }, run);
      },
    );
  }

  async function takeTokens(sets: readonly IncomingSet[], run: Run): Promise<void> {
    const outcomes = await run.tokenRun.take(sets);
    for (const [index, one] of sets.entries()) countToken(one, outcomes[index], run);
  }

  return {
    async *run(records, options) {
      const run = newRun(options, { vault, connections: await deps.connections.all() });
      const { from } = options;
      if (!run.dry) await events.record({ type: 'import.started', detail: { from } });
      for await (const batch of batches(records)) {
        const users = await importableBatch(batch, run);
        await byHalves(
          users,
          (some) => importBatch(some, run),
          ({ user }) => {
            recordLeft({ user: user.ref, reason: 'malformed' }, run);
            run.tally.users.left += 1;
          },
        );
        yield run.tally;
      }
      const { users, identities, tokens } = run.tally;
      const detail = { from, users: users.new, identities: identities.new, tokens: tokens.new };
      if (!run.dry) await events.record({ type: 'import.finished', detail });
    },
  };
}

function readBatch(batch: readonly unknown[], run: Run, now: Date): readonly ReadRecord[] {
  const { users } = run.tally;
  return batch.map((record) => {
    users.read += 1;
    return readRecord(record, { ...run, exportedAt: run.exportedAt, now, number: users.read });
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
