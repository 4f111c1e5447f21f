import { connect, isIP, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectByTls } from 'node:tls';
import { seconds } from '../kit/clock.ts';
import type { EventFields } from '../kit/events/event-fields.ts';
import {
  nameOfStream,
  type StreamDelivery,
  type StreamSettings,
  type StreamTarget,
} from './stream-target.ts';

type SyslogSettings = Extract<StreamSettings, { to: 'syslog' }>;

/** Milliseconds. */
export interface SyslogPatience {
  /** For each step. */
  readonly timeout: number;
  /** A receiver that refuses this sender closes an accepted connection within this time. Nothing is sent before. */
  readonly refusal: number;
}

const usual: SyslogPatience = { timeout: seconds(10), refusal: 250 };
/** Facility 13 (log audit), severity 6 (RFC 5424 section 6.2.1). */
const priority = 13 * 8 + 6;

/**
 * Sends each event as a message (RFC 5424) with its length before it (RFC 6587 section 3.4.1), by TCP or TLS (RFC 5425).
 *
 * Syslog has no answer, and a write that the kernel took may be lost with the connection. So a run ends its side of the connection
 * and waits until the receiver, which has then read all, ends the other.
 */
export function createSyslogTarget(
  settings: SyslogSettings,
  origin: string,
  { timeout, refusal } = usual,
): StreamTarget {
  return {
    name: nameOfStream(settings),
    async open(signal) {
      signal.throwIfAborted();
      const { socket, ready } = dial(settings);
      const abort = () => socket.destroy(new Error('the process ends'));
      signal.addEventListener('abort', abort, { once: true });
      socket.once('close', () => signal.removeEventListener('abort', abort));
      const delivery = deliveryTo(socket, { origin, timeout });
      try {
        await delivery.settled(once(socket, ready));
        await delivery.settled(pause(refusal));
        return delivery;
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
  };
}

function dial({ host, port, tls }: SyslogSettings): { socket: Socket; ready: string } {
  if (!tls) return { socket: connect({ host, port }), ready: 'connect' };
  const { ca, cert, key } = tls;
  const servername = isIP(host) ? undefined : host;
  const options = { host, port, minVersion: 'TLSv1.2', ...(servername && { servername }) } as const;
  const own = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return { socket: connectByTls({ ...options, ...own }), ready: 'secureConnect' };
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

function deliveryTo(socket: Socket, { origin, timeout }: { origin: string; timeout: number }) {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let finishing = false;
  socket.on('error', failed.reject);
  // A receiver that ends the connection by itself may have read nothing.
  socket.on('end', () => finishing || failed.reject(new Error('the receiver has closed the connection')));
  socket.on('close', () => finishing || failed.reject(new Error('the connection was lost')));
  // Without a reader the end of the other side would not be seen.
  socket.resume();

  /** Returns when the work is done. @throws when the connection fails, or after ten seconds */
  async function settled(work: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error('the receiver does not take the events')), timeout);
    try {
      await Promise.race([work, failed.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    settled,
    write: (events: readonly EventFields[]) =>
      settled(
        new Promise((resolve, reject) =>
          socket.write(Buffer.concat(events.map((event) => frameOf(event, origin))), (error) =>
            error ? reject(error) : resolve(),
          ),
        ),
      ),
    async finish() {
      const end = once(socket, 'end');
      await settled(
        new Promise((resolve) =>
          socket.end(() => {
            finishing = true;
            resolve();
          }),
        ),
      );
      await settled(end);
    },
    abort: () => void socket.destroy(),
  } satisfies StreamDelivery & { settled: unknown };
}

/** Returns the message with its length. All of it is ASCII, so that no receiver has to guess the encoding. */
function frameOf(event: EventFields, origin: string): Uint8Array {
  const json = JSON.stringify(event).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const type = event.type.slice(0, 32);
  const message = `<${priority}>1 ${event.at} ${origin} symbolon - ${type} - ${json}`;
  return Buffer.from(`${message.length} ${message}`, 'latin1');
}
