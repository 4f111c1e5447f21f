import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { AuditEventAppender } from './event-store.ts';
import { type Cause, causeOf, type Event, type Events, type EventType } from './events.ts';

/**
 * The events of changes that people and operators make. A database that has lost its last commits has lost them too.
 */
export const changeTypes: ReadonlySet<string> = new Set<EventType>([
  'user.created',
  'user.disabled',
  'user.enabled',
  'user.roles_changed',
  'user.deleted',
  'user.merged',
  'identity.linked',
  'identity.unlinked',
  'identity.rekeyed',
  'agreement.accepted',
  'consent.given',
  'grant.revoked',
  'agent.permission_changed',
  'agents.stopped',
  'approval.approved',
  'approval.denied',
  'approval.used',
  'device.approved',
  'device.refused',
  'connection.created',
  'connection.changed',
  'connection.domain_file_added',
  'connection.domain_file_removed',
  'connection.issuer_changed',
  'connection.origin_changed',
  'connection.removed',
  'connection.reordered',
  'branding.changed',
  'keys.signing_rotated',
  'app.created',
  'app.registered_by_document',
  'app.registered_dynamically',
  'app.document_changed',
  'admission.changed',
  'app.changed',
  'app.removed',
  'app.restored',
  'app.secret_rotated',
  'api.created',
  'api.changed',
  'api.removed',
  'api.secret_rotated',
  'webhook.created',
  'webhook.changed',
  'webhook.removed',
  'webhook.secret_rotated',
  'webhook.tested',
  'webhook.resent',
]);

/** Events, with a bounded list of the last changes that this process recorded. */
export interface RecentChanges extends Events {
  /** Writes the events that the database has lost again. Returns them, oldest first. */
  lost(): Promise<readonly Event[]>;
}

export interface RecentChangesDeps {
  readonly events: Events;
  /** Returns those of the ids that the audit log lacks. */
  readonly missing: (ids: readonly string[]) => Promise<readonly string[]>;
  readonly append: AuditEventAppender;
  readonly clock: Clock;
}

interface Change {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly event: Event & { readonly id: string };
  readonly cause: Cause;
}

/** The number of changes in memory. */
const most = 2_000;

export function keepRecentChanges({ events, missing, append, clock }: RecentChangesDeps): RecentChanges {
  const recent: Change[] = [];
  return {
    async record(event) {
      if (!changeTypes.has(event.type)) return await events.record(event);
      const named = { ...event, id: newId('evt') };
      await events.record(named);
      recent.push({ at: clock.now().getTime(), event: named, cause: causeOf(event) });
      if (recent.length > most) recent.shift();
    },
    async lost() {
      const changes = [...recent];
      const gone = new Set(await missing(changes.map(({ event }) => event.id)));
      const lost = changes.filter(({ event }) => gone.has(event.id));
      const now = clock.now().getTime();
      const lines = lost.map(({ at, event: { actor, ...event }, cause }) => ({
        detail: {},
        ...event,
        ...cause,
        age: now - at,
      }));
      if (lines.length > 0) await append(lines);
      return lost.map(({ event }) => event);
    },
  };
}
