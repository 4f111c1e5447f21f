import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import { currentRequestId } from '../request-context.ts';
import type { AuditEventAppender } from './event-store.ts';
import type { Event, Events, EventType } from './events.ts';

/** Changes by people and operators by it are undone when a database comes back without its last commits. */
export const changeTypes: ReadonlySet<string> = new Set<EventType>([
  'user.created',
  'user.disabled',
  'user.enabled',
  'user.roles_changed',
  'user.deleted',
  'user.merged',
  'identity.linked',
  'identity.unlinked',
  'consent.given',
  'grant.revoked',
  'connection.created',
  'connection.changed',
  'connection.issuer_changed',
  'connection.removed',
  'app.created',
  'app.changed',
  'app.removed',
  'app.secret_rotated',
  'api.created',
  'api.changed',
  'api.removed',
  'api.secret_rotated',
  'webhook.created',
  'webhook.changed',
  'webhook.removed',
  'webhook.secret_rotated',
]);

/** Events, with a cache of the last deeds of this process. */
export interface RecentChanges extends Events {
  /** Those that the database no longer knows, the oldest first, which it is told again. */
  lost(): Promise<readonly Event[]>;
}

export interface RecentChangesDeps {
  readonly events: Events;
  /** Of these ids, those that are not there. */
  readonly missing: (ids: readonly string[]) => Promise<readonly string[]>;
  readonly append: AuditEventAppender;
  readonly clock: Clock;
}

interface Deed {
  readonly at: number;
  readonly event: Event & { readonly id: string };
  readonly requestId: string | undefined;
}

const most = 2_000;

export function keepRecentChanges({ events, missing, append, clock }: RecentChangesDeps): RecentChanges {
  const remembered: Deed[] = [];
  return {
    async record(event) {
      if (!changeTypes.has(event.type)) return await events.record(event);
      const named = { ...event, id: newId('evt') };
      await events.record(named);
      remembered.push({ at: clock.now().getTime(), event: named, requestId: currentRequestId() });
      if (remembered.length > most) remembered.shift();
    },
    async lost() {
      const deeds = [...remembered];
      const gone = new Set(await missing(deeds.map(({ event }) => event.id)));
      const lost = deeds.filter(({ event }) => gone.has(event.id));
      const now = clock.now().getTime();
      const lines = lost.map(({ at, event, requestId }) => ({
        detail: {},
        ...event,
        requestId,
        age: now - at,
      }));
      if (lines.length > 0) await append(lines);
      return lost.map(({ event }) => event);
    },
  };
}
