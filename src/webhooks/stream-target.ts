import type { EventFields } from '../kit/events/event-fields.ts';

/** A receiver of the stream of the audit. */
export interface StreamTarget {
  /** For the log. */
  readonly name: string;
  /** @throws when the receiver cannot be reached within ten seconds, or the signal aborts */
  open(signal: AbortSignal): Promise<StreamDelivery>;
}

/** Events on their way. They count as sent after `finish`, and not before. */
export interface StreamDelivery {
  /** @throws when the receiver does not take them within ten seconds */
  write(events: readonly EventFields[]): Promise<void>;
  /** Returns once the receiver has all events. */
  finish(): Promise<void>;
  /** Ends the delivery at once; without effect after `finish`. */
  abort(): void;
}

/** The setting AUDIT_STREAM. */
export type StreamSettings =
  | { readonly to: 'file'; readonly path: string }
  | {
      readonly to: 'syslog';
      readonly host: string;
      readonly port: number;
      /** Undefined: plain TCP. */
      readonly tls: StreamTls | undefined;
    };

/** Each in PEM; undefined: the authorities of the system, and no certificate of our own. */
export interface StreamTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Returns the receiver in one word, as in the setting. */
export function nameOfStream(settings: StreamSettings): string {
  if (settings.to === 'file') return `file://${settings.path}`;
  const { host, port, tls } = settings;
  return `${tls ? 'tls' : 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
