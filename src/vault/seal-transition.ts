import type pg from 'pg';
import { z } from 'zod';
import { tokenOrigins } from '../connectors/engine/destinations.ts';
import { type Clock, hours, minutes, monotonic } from '../kit/clock.ts';
import { type Keyring, UnreadableError } from '../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../kit/keys/sealed-column.ts';
import type { Logger } from '../kit/log.ts';
import type { Connection } from '../login/connections.ts';
import { sealTokens } from './entry-tokens.ts';
import { tokensOf } from './owner-moves.ts';
import { type OwnedSeal, type Resealed, replaceSeals, sealsAfter } from './owner-store.ts';
import type { SealStateStore } from './seal-state-store.ts';
import { type TokenKeyring, withUnbound } from './token-keyring.ts';

/**
 * The transition from token sets whose seal does not bind their owner. While processes of the version before may run,
 * sets are written as they write them. Later all sets are sealed again, and the former seal is refused from then on.
 */
export interface SealTransition {
  /** The keyring of the vault, which knows the stage of the transition. */
  readonly keyring: TokenKeyring;
  /** Reads the stage. A store without entries needs no transition. */
  start(): Promise<void>;
  /** Reads the stage that another process has reached. A process never goes back to an earlier one. */
  refresh(): Promise<void>;
  /** Takes the next step if it is time, for one process of all. Returns the number of sets that it sealed again. */
  advance(): Promise<number>;
}

export interface SealTransitionDeps {
  readonly store: SealStateStore;
  readonly pool: pg.Pool;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info'>;
  readonly connections: () => Promise<readonly Connection[]>;
  /** Milliseconds after its start at which a process takes processes of the version before to have ended. */
  readonly deployment?: number;
}

/** `open`: written and read as before. `binding`: written with the owner, read in both ways. */
type Stage = 'open' | 'binding' | 'closed';
const order: readonly Stage[] = ['open', 'binding', 'closed'];

const shape = z.object({ stage: z.enum(['binding', 'closed']), at: z.iso.datetime() });
type State = z.infer<typeof shape>;

const context = 'vault:seal_state:owner';
/** Milliseconds after which each process has read that sets are written with the owner. */
const told = minutes(5);
/** Sets of one statement. */
const batch = 500;

export function createSealTransition(deps: SealTransitionDeps): SealTransition {
  const { store, pool, keyring, clock, log, connections, deployment = hours(1) } = deps;
  const begun = monotonic();
  let stage: Stage = 'open';
  const unbound = { opens: () => stage !== 'closed', writes: () => stage === 'open' };
  const tokenKeyring = withUnbound(keyring, unbound);
  const both = withUnbound(keyring, { opens: () => true, writes: () => false });

  async function read(): Promise<State | undefined> {
    const sealed = await store.read();
    try {
      return sealed && shape.parse(JSON.parse(openColumn(keyring, sealed, context)));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      // Its key was retired long after the transition, or another hand has written it.
      return { stage: 'closed', at: clock.now().toISOString() };
    }
  }

  function reach(next: Stage): void {
    if (order.indexOf(next) > order.indexOf(stage)) stage = next;
  }

  async function write(next: State['stage']): Promise<void> {
    const state: State = { stage: next, at: clock.now().toISOString() };
    await store.write(sealColumn(keyring, JSON.stringify(state), context));
    reach(next);
    log.info({ stage: next }, 'token sets are sealed with their owner');
  }

  /** Returns the set with owner and origins, or undefined if it has both or does not open. */
  function resealed(seal: OwnedSeal, at: Connection | undefined): Resealed | undefined {
    const bound = tokensOf(keyring, seal, seal.owner);
    const tokens = bound ?? tokensOf(both, seal, seal.owner);
    const registration = at?.registration;
    const origins =
      tokens?.origins ?? (registration && (registration.unmarkedOrigins ?? tokenOrigins(registration)));
    if (!tokens || (bound && (bound.origins || !origins))) return undefined;
    return { was: seal, ...sealTokens(keyring, { ...tokens, origins }, seal) };
  }

  async function resealAll(): Promise<number> {
    const byId = new Map((await connections()).map((connection) => [connection.id, connection]));
    let count = 0;
    for (let after = ''; ; ) {
      const seals = await sealsAfter(pool, after, batch);
      const unknown = new Set(seals.map(({ keyId }) => keyId).filter((id) => !keyring.has(id)));
      await Promise.all([...unknown].map((id) => keyring.learn(id)));
      const sets = seals.flatMap((seal) => resealed(seal, byId.get(seal.owner[1])) ?? []);
      // One that was overtaken by a save counts too, so that the next pass looks at it.
      count += sets.length;
      await replaceSeals(pool, sets);
      const last = seals.at(-1);
      if (!last) return count;
      after = last.identityId;
    }
  }

  return {
    keyring: tokenKeyring,
    async start() {
      const state = await read();
      if (state) reach(state.stage);
      else if (!(await store.hasEntries())) await write('closed');
    },
    async refresh() {
      if (stage !== 'closed') reach((await read())?.stage ?? 'open');
    },
    async advance() {
      const state = stage === 'closed' ? undefined : await read();
      if (state) reach(state.stage);
      if (stage === 'closed') return 0;
      if (!state) {
        if (monotonic() - begun >= deployment) await write('binding');
        return 0;
      }
      if (clock.now().getTime() - new Date(state.at).getTime() < told) return 0;
      const count = await resealAll();
      if (count === 0) await write('closed');
      return count;
    },
  };
}
