import { type Clock, seconds } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Outbound } from '../kit/outbound.ts';
import { repeat } from '../kit/repeat.ts';
import { type AuditStream, createAuditStream } from './audit-stream.ts';
import { createAuditStreamStore } from './audit-stream-store.ts';
import { createDeliveryStore } from './delivery-store.ts';
import { createEndpointStore } from './endpoint-store.ts';
import { createEndpoints, prune, type WebhookEndpoints } from './endpoints.ts';
import { createFanOut } from './fan-out.ts';
import { createFanOutStore } from './fan-out-store.ts';
import { createHealthStore } from './health-store.ts';
import { createLaneStore } from './lane-store.ts';
import { createResendStore } from './resend-store.ts';
import { createSender } from './sender.ts';
import { createSigningSecrets } from './signing-secrets.ts';
import { createFileTarget } from './stream-file.ts';
import { createSyslogTarget } from './stream-syslog.ts';
import type { StreamSettings } from './stream-target.ts';

/**
 * Delivers events to the operator's endpoints: at least once, in order for each user, signed (Standard Webhooks). The
 * audit log is the outbox. `fanOut` creates deliveries from it, `deliverDue` sends the due ones; any number of processes
 * may do both. One of them also sends the whole audit to a file or a syslog receiver, if that is configured. This room owns
 * endpoints, deliveries, signing secrets and the position of that stream. It records no events but its own.
 */
export interface Webhooks {
  readonly endpoints: WebhookEndpoints;
  /** Returns the number of new deliveries. */
  fanOut(): Promise<number>;
  /** Returns the number of attempts. */
  deliverDue(): Promise<number>;
  prune(now: Date): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export interface WebhooksDeps {
  /** The public address of the broker. */
  readonly issuer: string;
  /** The receiver of the whole audit. Default: none. */
  readonly auditStream?: StreamSettings | undefined;
  readonly metrics: Pick<Metrics, 'watch'>;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** Each `host` or `host:port` that may have a private address and be called over http. */
  readonly allowedPrivateHosts: readonly string[];
  /** From 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
}

export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { database, keyring, clock, log, random = Math.random } = deps;
  const { pool } = database;
  const deliveries = createDeliveryStore(pool);
  const secrets = createSigningSecrets(keyring);
  const fanOut = createFanOut(createFanOutStore(pool), clock);
  const lanes = createLaneStore(pool);
  const sender = createSender({ ...deps, lanes, health: createHealthStore(pool), secrets, random });
  const store = createEndpointStore(database);
  const endpoints = createEndpoints({ ...deps, store, deliveries, secrets, again: createResendStore(pool) });
  const stream = streamOf(deps);
  let stopLoop: (() => Promise<void>) | undefined;

  return {
    endpoints,
    fanOut,
    async deliverDue() {
      const tried = await Promise.all(await sender.launch());
      return tried.reduce((sum, count) => sum + count, 0);
    },
    prune: (now) => prune(deliveries, now),
    start() {
      const round = async () => {
        await fanOut();
        await sender.launch();
      };
      // About a second, with jitter, so that processes do not poll at the same time.
      const pause = () => seconds(0.75 + random() / 2);
      stopLoop ??= repeat(round, pause, (error) => log.error({ err: error }, 'webhooks: a round failed'));
      stream?.start();
    },
    async stop() {
      await stopLoop?.();
      await sender.stop();
      await stream?.stop();
    },
  };
}

function streamOf({ auditStream, issuer, database, ...deps }: WebhooksDeps): AuditStream | undefined {
  if (!auditStream) return undefined;
  // Syslog messages name the installation as their origin.
  const target =
    auditStream.to === 'file'
      ? createFileTarget(auditStream.path)
      : createSyslogTarget(auditStream, new URL(issuer).hostname);
  return createAuditStream({ ...deps, target, store: createAuditStreamStore(database.pool) });
}
