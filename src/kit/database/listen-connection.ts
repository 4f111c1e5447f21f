import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Commits, nextCommit, readCommits } from './commit-position.ts';
import { SessionClient, type SessionConfig } from './database-session.ts';

/** One connection that listens, until it ends. */
export interface Listening {
  /** A note that was sent as other processes send theirs has come back on it. */
  isListening(): boolean;
  /** Where the server stood when it began. */
  readonly begunAt: Commits;
  /** Where it stood lately: long enough ago to be on its disk, since what was not may be lost in a crash and is no promise. */
  lately(): Commits;
  /** Resolves when it has ended, by whomever. */
  readonly over: Promise<void>;
  /** Sends notes until one is heard, or it is over; `onSilence` when one was sent and did not come. */
  prove(onSilence: () => void): Promise<void>;
  end(): void;
}

export interface ListeningOptions {
  readonly connection: SessionConfig;
  readonly channels: Readonly<Record<string, (message: string) => void>>;
  /** Tells a channel over a connection of the pool: what the listening one says itself proves nothing. */
  readonly tell: (channel: string, message: string) => Promise<void>;
}

/** A connection may die without a word; five seconds is how long a revocation may take to be heard. */
const pulse = 1_500;
const patience = 1_500;
/** A note is heard within milliseconds. */
const echo = 1_000;

interface Beat {
  readonly reads: string;
  readonly next: string;
}

const beatQuery = `SELECT current_setting('transaction_read_only') AS reads, ${nextCommit} AS next`;
const none: Beat = { reads: 'on', next: '0' };

const proofChannel = 'symbolon_proof';

/** @throws when it cannot be set up; nothing is left open then. */
export async function openListening(options: ListeningOptions): Promise<Listening> {
  const nonce = randomUUID();
  const ended = Promise.withResolvers<void>();
  const proof = Promise.withResolvers<void>();
  let heard = false;
  const client = new SessionClient({
    ...options.connection,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  });
  // It may end at any moment, also while it is set up.
  client.once('end', () => ended.resolve());
  client.on('notification', ({ channel, payload = '' }) => {
    if (channel !== proofChannel) return options.channels[channel]?.(payload);
    if (payload !== nonce) return;
    heard = true;
    proof.resolve();
  });
  const end = () => {
    heard = false;
    client.end().catch(() => undefined);
    // A connection whose other end is gone without a word does not say that it has ended.
    ended.resolve();
  };
  let begunAt: Commits;
  try {
    await client.connect();
    begunAt = await readCommits(client);
    for (const channel of [proofChannel, ...Object.keys(options.channels)])
      await client.query(`LISTEN ${channel}`);
  } catch (error) {
    end();
    throw error;
  }
  let [lately, newest] = [begunAt, begunAt];
  const beat = async () => {
    try {
      const { rows: [{ reads, next } = none] = [] } = await client.query<Beat>(beatQuery);
      [lately, newest] = [newest, { ...begunAt, next: BigInt(next) }];
      // Notes written elsewhere after a failover are not heard from the server that was left behind.
      if (reads === 'on') end();
    } catch {
      end();
    }
  };
  const heart = setInterval(() => heard && beat(), pulse).unref();
  let isOver = false;
  const over = ended.promise.then(() => {
    clearInterval(heart);
    isOver = true;
    heard = false;
  });

  return {
    isListening: () => heard,
    begunAt,
    lately: () => lately,
    over,
    end,
    async prove(onSilence) {
      while (!heard && !isOver) {
        // Not while a note is on its way: a pooler passes on what arrives while this connection asks something, and only that.
        await beat();
        const told = await options.tell(proofChannel, nonce).then(
          () => true,
          () => false,
        );
        const waited = new AbortController();
        const silence = pause(echo, 'silence', { signal: waited.signal, ref: false }).catch(() => undefined);
        const first = await Promise.race([proof.promise, over, silence]);
        waited.abort();
        if (told && first === 'silence') onSilence();
      }
    },
  };
}
