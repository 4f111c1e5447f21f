import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { systemClock } from '../clock.ts';
import { type Commits, nextCommit, readCommits } from './commit-position.ts';
import { goodbyeTimeout, SessionClient, type SessionConfig } from './database-session.ts';

/** One LISTEN connection, until it ends. */
export interface Listening {
  /** Returns whether a notification that this process sent itself has come back. */
  isListening(): boolean;
  /** The commit position of the server when the connection began. */
  readonly begunAt: Commits;
  /** Returns the previous position. It is old enough to be on the server's disk, which a newer one may not be. */
  earlierPosition(): Commits;
  /** Returns when it was asked what it answered last. Notifications until then have arrived, however late its loss is noticed. */
  heardUntil(): Date;
  /** Resolves when it has ended, for any reason. */
  readonly over: Promise<void>;
  /** Notifies itself. Resolves when that is back, and with it all of earlier commits. @throws when it does not come */
  beat(): Promise<void>;
  /** Sends notifications until one comes back or the connection ends. Calls `onSilence` for each that did not. */
  prove(onSilence: () => void): Promise<void>;
  /** Ends it. Resolves when the server has ended it too, or does not answer. */
  end(): Promise<void>;
}

export interface ListeningOptions {
  readonly connection: SessionConfig;
  readonly channels: Readonly<Record<string, (message: string) => void>>;
  /** Notifies a channel over the pool, since a notification of the LISTEN connection itself proves nothing. */
  readonly notify: (channel: string, message: string) => Promise<void>;
}

/**
 * The interval and timeout of the probe in milliseconds: a revocation must count within five seconds, and a connection
 * can be lost silently.
 */
const probeInterval = 1_500;
const probeTimeout = 1_500;
/** Milliseconds to wait for a notification, which usually takes a few. */
const echoTimeout = 1_000;

interface ProbeRow {
  /** `on` or `off`. */
  readonly readOnly: string;
  readonly next: string;
}

const probeQuery = `SELECT current_setting('transaction_read_only') AS "readOnly", ${nextCommit} AS next`;
/** An answer without a row counts as that of a read-only server. */
const none: ProbeRow = { readOnly: 'on', next: '0' };

const proofChannel = 'symbolon_proof';

/** Opens the connection. @throws when that fails, and closes it */
export async function openListening(options: ListeningOptions): Promise<Listening> {
  const nonce = randomUUID();
  // Of this connection alone: the beats of others would only wake it.
  const beatChannel = `symbolon_beat_${nonce.replaceAll('-', '')}`;
  let lastBeat = 0;
  let lastBeatBack = 0;
  const ended = Promise.withResolvers<void>();
  const firstEcho = Promise.withResolvers<void>();
  /** A notification that this process sent to itself has come back on this connection. */
  let proven = false;
  const client = new SessionClient({
    ...options.connection,
    connectionTimeoutMillis: probeTimeout,
    query_timeout: probeTimeout,
  });
  // It may end at any time, also during its set-up.
  client.once('end', () => ended.resolve());
  client.on('notification', ({ channel, payload = '' }) => {
    if (channel === beatChannel) {
      lastBeatBack = Number(payload);
      return;
    }
    if (channel !== proofChannel) return options.channels[channel]?.(payload);
    if (payload !== nonce) return;
    proven = true;
    firstEcho.resolve();
  });
  // One after the other: pg takes a statement while another one runs for a mistake.
  let asked: Promise<unknown> = Promise.resolve();
  const ask = <Row extends pg.QueryResultRow>(text: string, values: readonly string[] = []) => {
    const answer = asked.then(() => client.query<Row>(text, [...values]));
    asked = answer.catch(() => undefined);
    return answer;
  };
  const end = () => {
    proven = false;
    const goodbye = client.end().catch(() => undefined);
    // A connection that was lost silently emits no `end`.
    ended.resolve();
    return Promise.race([goodbye, pause(goodbyeTimeout, undefined, { ref: false })]);
  };
  const endInDoubt = () => {
    options.connection.hosts?.doubt();
    return end();
  };
  let begunAt: Commits;
  try {
    await client.connect();
    begunAt = await readCommits(client);
    for (const channel of [proofChannel, beatChannel, ...Object.keys(options.channels)])
      await client.query(`LISTEN ${channel}`);
  } catch (error) {
    end();
    throw error;
  }
  let [earlierPosition, newestPosition] = [begunAt, begunAt];
  let heardUntil = systemClock.now();
  const probe = async () => {
    const askedAt = systemClock.now();
    try {
      const { rows: [{ readOnly, next } = none] = [] } = await ask<ProbeRow>(probeQuery);
      [earlierPosition, newestPosition] = [newestPosition, { ...begunAt, next: BigInt(next) }];
      heardUntil = askedAt;
      // After a failover, notifications of the new primary do not reach the old one, which only reads.
      if (readOnly === 'on') endInDoubt();
    } catch {
      endInDoubt();
    }
  };
  const timer = setInterval(() => proven && probe(), probeInterval).unref();
  let isOver = false;
  const over = ended.promise.then(() => {
    clearInterval(timer);
    isOver = true;
    proven = false;
  });

  return {
    isListening: () => proven,
    begunAt,
    earlierPosition: () => earlierPosition,
    heardUntil: () => heardUntil,
    over,
    end,
    async beat() {
      lastBeat += 1;
      const sent = lastBeat;
      try {
        await ask('SELECT pg_notify($1, $2)', [beatChannel, String(sent)]);
      } catch (error) {
        endInDoubt();
        throw error;
      }
      // The server delivers notifications before it is ready for the next statement. A transaction pooler may not.
      if (!proven || lastBeatBack < sent) throw new Error('the beat has not come back');
    },
    async prove(onSilence) {
      while (!proven && !isOver) {
        // Before the notification, not during it: a pooler passes notifications on while this connection runs a query.
        await probe();
        // A pool without a connection sends nothing, and its silence does not count.
        const sent = await options.notify(proofChannel, nonce).then(
          () => true,
          () => false,
        );
        const waited = new AbortController();
        const silence = pause(echoTimeout, 'silence', { signal: waited.signal, ref: false }).catch(
          () => undefined,
        );
        const first = await Promise.race([firstEcho.promise, over, silence]);
        waited.abort();
        if (sent && first === 'silence') onSilence();
      }
    },
  };
}
