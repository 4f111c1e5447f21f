import { setTimeout as pause } from 'node:timers/promises';
import { createInFlight } from '../in-flight.ts';
import type { Logger } from '../log.ts';
import { repeat } from '../repeat.ts';
import { type Commits, isBehind } from './commit-position.ts';
import type { HeardChanges } from './heard-changes.ts';
import { type Listening, type ListeningOptions, openListening } from './listen-connection.ts';

export interface Notifications {
  /** Returns false while notifications of other processes may not arrive. */
  isListening(): boolean;
  close(): Promise<void>;
}

export interface Relisten {
  readonly first: boolean;
  /** The server is behind its last known position: its last commits are lost. */
  readonly behind: boolean;
  /**
   * Until then every notification has arrived, and the server has them all. Undefined: nothing is known of the time before,
   * since the process starts, the server is behind, or it is another one.
   */
  readonly heardUntil: Date | undefined;
}

export interface NotificationOptions extends ListeningOptions {
  readonly log: Logger;
  readonly heard: Pick<HeardChanges, 'heardBy'>;
  /** Called at each new LISTEN connection, to reload what was missed from the tables. */
  readonly onListening: (connection: Relisten) => Promise<void>;
  /** Called when the LISTEN connection has ended. */
  readonly onLost: () => void;
  /** Called every second while there is no LISTEN connection. */
  readonly whileDisconnected: () => Promise<void>;
}

/** Milliseconds before the first attempt to reconnect; the pause doubles up to the longest one. */
const firstPause = 100;
const longestPause = 1_000;
/** Milliseconds between reads of the tables while notifications do not arrive. */
const pollInterval = 1_000;

/** Listens on a connection of its own, and reconnects with backoff when it is lost. */
export async function listen(options: NotificationOptions): Promise<Notifications> {
  const { log } = options;
  const closing = new AbortController();
  const reading = createInFlight();
  let current: Listening | undefined;

  /** The last commit position that was on the server's disk; undefined until the first connection. */
  let lastPosition: Commits | undefined;
  let heardUntil: Date | undefined;
  const connect = async () => {
    const listening = await openListening(options);
    const connection = {
      first: lastPosition === undefined,
      behind: isBehind(listening.begunAt, lastPosition),
      heardUntil:
        lastPosition?.system === listening.begunAt.system && !isBehind(listening.begunAt, lastPosition)
          ? heardUntil
          : undefined,
    };
    const read = reading.add(options.onListening(connection));
    const lost = listening.over.then(() => {
      throw new Error('the connection that listens has ended');
    });
    try {
      await Promise.race([read, lost]);
    } catch (error) {
      listening.end();
      throw error;
    }
    lastPosition = listening.begunAt;
    current = listening;
    // All caches were cleared after the connection began to listen.
    const silence = options.heard.heardBy(listening.beat);
    listening.over.then(silence);
    if (closing.signal.aborted) listening.end();
    return listening;
  };

  let warned = false;
  const warnOfSilence = () => {
    if (!warned) log.warn(noNotifications);
    warned = true;
  };
  const prove = async (listening: Listening) => {
    await listening.prove(warnOfSilence);
    if (listening.isListening()) warned = false;
  };

  const reconnect = async (): Promise<Listening | undefined> => {
    for (let wait = firstPause; !closing.signal.aborted; wait = Math.min(wait * 2, longestPause)) {
      await pause(wait, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return undefined;
      try {
        return await connect();
      } catch (error) {
        log.warn({ err: error }, 'cannot listen for revocations; trying again');
      }
    }
    return undefined;
  };
  const keepListening = async (first: Listening, firstProof: Promise<void>) => {
    let proving = firstProof;
    for (let listening: Listening | undefined = first; listening; ) {
      await listening.over;
      options.onLost();
      lastPosition = listening.earlierPosition();
      heardUntil = listening.heardUntil();
      await proving;
      listening = await reconnect();
      if (listening) proving = prove(listening);
    }
  };

  const first = await connect();
  const firstProof = prove(first);
  const listeningLoop = keepListening(first, firstProof);
  const endPolling = repeat(
    async () => {
      if (!current?.isListening()) await options.whileDisconnected();
    },
    () => pollInterval,
    (error) => log.warn({ err: error }, 'cannot read revocations while notifications are not heard'),
  );
  // Waits up to a second for the first notification, so that the process is ready when it starts to answer.
  await Promise.race([firstProof, pause(pollInterval, undefined, { ref: false })]);
  return {
    isListening: () => current?.isListening() ?? false,
    async close() {
      closing.abort();
      await current?.end();
      await endPolling();
      await listeningLoop;
      // A new connection may still be reloading from the tables.
      await reading.settled();
    },
  };
}

const noNotifications =
  'notifications are not heard: what other processes revoke is read every second instead, and /readyz answers 503; ' +
  'DIRECT_DATABASE_URL must lead to the database of DATABASE_URL, past any pooler in transaction mode such as PgBouncer';
