import { z } from 'zod';
import { actorKinds } from '../request-context.ts';

const actorKind = z.enum(actorKinds);
const detail = z.record(z.string(), z.unknown()).catch({});

/** A row of the audit, without its mark. */
export interface StoredEvent {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly userId: string | null;
  readonly appId: string | null;
  readonly connection: string | null;
  readonly identityId: string | null;
  readonly requestId: string | null;
  readonly actorKind: string | null;
  readonly actorId: string | null;
  readonly address: string | null;
  readonly detail: unknown;
}

/** Returns an event with the names that its fields have outside: in the admin API, and in the stream of the audit. */
export function eventFields(event: StoredEvent) {
  const kind = actorKind.safeParse(event.actorKind);
  return {
    id: event.id,
    at: event.at.toISOString(),
    type: event.type,
    user: event.userId,
    app: event.appId,
    connection: event.connection,
    identity: event.identityId,
    request_id: event.requestId,
    actor: kind.success ? { kind: kind.data, id: event.actorId } : null,
    address: event.address,
    detail: detail.parse(event.detail),
  };
}

export type EventFields = ReturnType<typeof eventFields>;
