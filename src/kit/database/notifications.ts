import { setTimeout as pause } from 'node:timers/promises';
import { createInFlight } from '../in-flight.ts';
import type { Logger } from '../log.ts';
import { repeat } from '../repeat.ts';
import { type Commits, isBehind } from './commit-position.ts';
import { type Listening, type ListeningOptions, openListening } from './listen-connection.ts';

export interface Notifications {
  /** False while what other processes say may not reach this one. */
  isListening(): boolean;
  close(): Promise<void>;
}

export interface Anew {
  readonly first: boolean;
  /** The server has come less far than it had when it was last heard: its last commits are lost. */
  readonly behind: boolean;
}

export interface NotificationOptions extends ListeningOptions {
  readonly log: Logger;
  /** Called whenever listening has begun anew: what was said in between is read from the tables. */
  readonly onListening: (anew: Anew) => Promise<void>;
  /** Called when listening has ended. */
  readonly onLost: () => void;
  /** Called every second while nothing is heard. */
  readonly whileDisconnected: () => Promise<void>;
}

const firstPause = 100;
const longestPause = 1_000;
const deafRound = 1_000;

/** LISTEN on a connection of its own, which is made anew, with growing pauses, whenever it breaks. */
export async function listen(options: NotificationOptions): Promise<Notifications> {
  const { log } = options;
  const closing = new AbortController();
  const reading = createInFlight();
  let current: Listening | undefined;

  let before: Commits | undefined;
  const begin = async () => {
    const listening = await openListening(options);
    const anew = { first: before === undefined, behind: isBehind(listening.begunAt, before) };
    const read = reading.add(options.onListening(anew));
    const cut = listening.over.then(() => {
      throw new Error('the connection that listens has ended');
    });
    try {
      await Promise.race([read, cut]);
    } catch (error) {
      listening.end();
      throw error;
    }
    before = listening.begunAt;
    current = listening;
    if (closing.signal.aborted) listening.end();
    return listening;
  };

  let warned = false;
  const silent = () => {
    if (!warned) log.warn(unheard);
    warned = true;
  };
  const prove = async (listening: Listening) => {
    await listening.prove(silent);
    if (listening.isListening()) warned = false;
  };

  const again = async (): Promise<Listening | undefined> => {
    for (let wait = firstPause; !closing.signal.aborted; wait = Math.min(wait * 2, longestPause)) {
      await pause(wait, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return undefined;
      try {
        return await begin();
      } catch (error) {
        log.warn({ err: error }, 'cannot listen for revocations; trying again');
      }
    }
    return undefined;
  };
  const goOn = async (first: Listening, firstProof: Promise<void>) => {
    let proving = firstProof;
    for (let listening: Listening | undefined = first; listening; ) {
      await listening.over;
      options.onLost();
      before = listening.lately();
      await proving;
      listening = await again();
      if (listening) proving = prove(listening);
    }
  };

  const first = await begin();
  const firstProof = prove(first);
  const going = goOn(first, firstProof);
  const endPolling = repeat(
    async () => {
      if (!current?.isListening()) await options.whileDisconnected();
    },
    () => deafRound,
    (error) => log.warn({ err: error }, 'cannot read revocations while notifications are not heard'),
  );
  // A start waits for a moment, so that it is ready when it answers.
  await Promise.race([firstProof, pause(deafRound, undefined, { ref: false })]);
  return {
    isListening: () => current?.isListening() ?? false,
    async close() {
      closing.abort();
      current?.end();
      await endPolling();
      await going;
      // What has just begun to listen reads from the tables, also when nobody waits for it any more.
      await reading.settled();
    },
  };
}

const unheard =
  'notifications are not heard: what other processes revoke is read every second instead, and /readyz answers 503; ' +
  'DIRECT_DATABASE_URL must lead to the database of DATABASE_URL, past any pooler in transaction mode such as PgBouncer';
