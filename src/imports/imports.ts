import type { IntakeStore } from '../identities/intake-store.ts';
import { spacesOf } from '../identities/shared-id.ts';
import type { Spaces } from '../identities/shared-id-store.ts';
import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { VaultIntake } from '../vault/intake.ts';
import type { ReadUser } from './peer-user.ts';
import { keyText, type Place, type Plan, planBatch, type Resolved } from './plan.ts';
import { readRecord } from './read-record.ts';
import type { Left } from './reasons.ts';
import type { Candidate } from './resolve-account.ts';
import { countLeft, newTally, type Tally } from './tally.ts';

/** Takes in what another product knew: users, their accounts and the providers' tokens. */
export interface Imports {
  /** Goes through the records, batch by batch; yields the same tally after each. May be cut off and begun again. */
  run(records: AsyncIterable<unknown>, options: ImportOptions): AsyncGenerator<Tally>;
}

export interface ImportOptions {
  /** For the audit: which product. */
  readonly from: string;
  readonly read: ReadUser;
  /** The peer's names of connections that have another name here: alias by name. */
  readonly names: ReadonlyMap<string, string>;
  /** By alias: scopes granted, for exports that do not tell. */
  readonly scopes: ReadonlyMap<string, readonly string[]>;
  /** Writes nothing. */
  readonly dry: boolean;
  readonly onLeft: (left: Left) => void;
  readonly onUser: (ref: string, userId: string) => void;
}

export interface ImportsDeps {
  readonly connections: Pick<Connections, 'all'>;
  readonly identities: IntakeStore;
  readonly vault: VaultIntake;
  readonly clock: Clock;
  readonly events: Events;
}

const batchSize = 500;
/** People sign in while this goes on; so often in a row nobody is a moment earlier. */
const mostRounds = 20;

/** What one run has seen so far. */
interface Run extends ImportOptions {
  readonly tally: Tally;
  readonly spaces: Spaces;
  readonly connectionOf: (name: string) => Connection | undefined;
  /** By user here, the peer's user; and the other way round. */
  readonly claimed: Map<string, string>;
  readonly homes: Map<string, string>;
  /** What a dry run would have written. */
  readonly imagined: Map<string, Place>;
}

export function createImports(deps: ImportsDeps): Imports {
  const { identities, vault, clock, events } = deps;

  async function knownFor(batch: readonly Resolved[], run: Run) {
    const candidates = batch.flatMap((one) => one.candidates);
    const places = await identities.known(candidates.flatMap(({ key, formerKeys }) => [key, ...formerKeys]));
    const known = new Map<string, Place>(places.map((place) => [keyText(place), place]));
    for (const { key, formerKeys } of candidates) {
      const [former] = formerKeys.flatMap((one) => known.get(keyText(one)) ?? []);
      if (former && !known.has(keyText(key))) known.set(keyText(key), former);
      const imagined = run.imagined.get(keyText(key));
      if (imagined) known.set(keyText(key), imagined);
    }
    const strangers = candidates.filter(({ key }) => !known.has(keyText(key)));
    const asked = strangers.flatMap(({ key, profile: { shared } }) =>
      shared ? [{ ...shared, connectionId: key.connectionId }] : [],
    );
    const owners = await identities.ownersOf(asked, run.spaces);
    const sharedOwnerOf = ({ key, profile: { shared } }: Candidate) =>
      owners.find(
        ({ connectionId, space, value }) =>
          connectionId === key.connectionId && space === shared?.space && value === shared.value,
      )?.userId;
    return { known, sharedOwnerOf };
  }

  async function settled(batch: readonly Resolved[], run: Run): Promise<{ plan: Plan; known: number }> {
    for (let round = 0; round < mostRounds; round += 1) {
      const facts = { ...(await knownFor(batch, run)), claimed: run.claimed, homes: run.homes };
      const plan = planBatch(batch, facts);
      if (run.dry || plan.identities.length === 0 || (await identities.take(plan, clock.now())))
        return { plan, known: facts.known.size };
    }
    throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
  }

  async function take(batch: readonly Resolved[], run: Run): Promise<void> {
    const { plan, known } = await settled(batch, run);
    const outcomes = await vault.take(plan.incoming, run.dry);
    const { users, identities, tokens } = run.tally;
    const met = plan.homes.size - plan.users.length;
    const before = [...plan.homes.keys()].filter((ref) => run.homes.has(ref)).length;
    for (const [ref, userId] of plan.homes) {
      run.homes.set(ref, userId);
      run.claimed.set(userId, ref);
      run.onUser(ref, userId);
    }
    if (run.dry) for (const [key, place] of plan.places) run.imagined.set(key, place);
    for (const { user, reason } of plan.refused) leave({ user, reason }, run);
    users.new += plan.users.length;
    // Some exports have several records for a user.
    users.known += met - before;
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
        claimed: new Map(),
        homes: new Map(),
        imagined: new Map(),
      };
      const { from } = options;
      if (!run.dry) await events.record({ type: 'import.started', detail: { from } });
      for await (const batch of batches(records)) {
        await take(resolve(batch, run, clock.now()), run);
        yield run.tally;
      }
      const { users, identities, tokens } = run.tally;
      const detail = { from, users: users.new, identities: identities.new, tokens: tokens.new };
      if (!run.dry) await events.record({ type: 'import.finished', detail });
    },
  };
}

function leave(left: Left, { tally, onLeft }: Run): void {
  countLeft(tally, left);
  onLeft(left);
}

/** Those of the batch of whom something can be taken. */
function resolve(batch: readonly unknown[], run: Run, now: Date): readonly Resolved[] {
  const { users } = run.tally;
  return batch.flatMap((record) => {
    users.read += 1;
    const { resolved, left } = readRecord(record, { ...run, now, number: users.read });
    for (const one of left) leave(one, run);
    if (!resolved) users.left += 1;
    return resolved ? [resolved] : [];
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
