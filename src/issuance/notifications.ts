import { SessionClient, type SessionConfig } from '../kit/database-session.ts';
import type { Logger } from '../kit/log.ts';

export interface Notifications {
  close(): Promise<void>;
}

export interface NotificationOptions {
  readonly connection: SessionConfig;
  readonly log: Logger;
  readonly channels: Readonly<Record<string, (message: string) => void>>;
  /** Called whenever listening has begun anew: what was said in between is read from the tables. */
  readonly onListening: () => Promise<void>;
}

const firstPause = 100;
const longestPause = 1_000;

/** A connection may die without a word; five seconds is how long a revocation may take to be heard. */
const pulse = 1_500;
const patience = 1_500;

/** LISTEN on a connection of its own, which is made anew, with growing pauses, whenever it breaks. */
export async function listen(options: NotificationOptions): Promise<Notifications> {
  const { log } = options;
  let client: SessionClient | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let connecting: Promise<void> = Promise.resolve();

  const again = (pause: number) => {
    if (closed) return;
    timer = setTimeout(() => {
      connecting = connect(pause).catch((error: unknown) => {
        log.warn({ err: error }, 'cannot listen for revocations; trying again');
        again(Math.min(pause * 2, longestPause));
      });
    }, pause).unref();
  };
  const connect = async (pause = firstPause) => {
    const attempt = new SessionClient({
      ...options.connection,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
    });
    attempt.on('notification', ({ channel, payload = '' }) => options.channels[channel]?.(payload));
    await attempt.connect();
    for (const channel of Object.keys(options.channels)) await attempt.query(`LISTEN ${channel}`);
    await options.onListening();
    if (closed) return void (await attempt.end());
    const heart = setInterval(() => {
      // With the question still open, `end` does not wait for an answer.
      attempt.query('SELECT 1').catch(() => attempt.end());
    }, pulse).unref();
    attempt.once('end', () => {
      clearInterval(heart);
      again(pause);
    });
    client = attempt;
  };

  await connect();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      // What has just begun to listen reads from the tables, also when nobody waits for it any more.
      await connecting;
      await client?.end();
    },
  };
}
