import type pg from 'pg';
import { newId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { type Actor, currentActor, currentAddress, currentRequestId } from '../request-context.ts';
import type { Detail } from './changes.ts';
import type { EventMark } from './event-mark.ts';
import { type EventValues, takeEvent } from './gathered-events.ts';

/** The types of audit events, named in the past tense. */
export type EventType =
  | 'login.started'
  | 'login.succeeded'
  | 'login.failed'
  | 'user.created'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.roles_changed'
  | 'user.deleted'
  | 'user.merged'
  | 'identity.linked'
  | 'identity.unlinked'
  | 'identity.rekeyed'
  | 'token.deposited'
  | 'token.refresh_requested'
  | 'token.refreshed'
  | 'token.refresh_failed'
  | 'token.expiring'
  | 'token.reauthorization_requested'
  | 'token.reauthorization_required'
  | 'token.retrieved'
  | 'token.proxied'
  | 'token.exchanged'
  | 'token.refused'
  | 'token.revocation_requested'
  | 'token.revoked'
  | 'token.unreadable'
  | 'encryption_key.half_used'
  | 'encryption_key.abandoned'
  | 'database.restored'
  | 'database.rewound'
  | 'audit.truncated'
  | 'database.rows_adopted'
  | 'row.refused'
  | 'import.started'
  | 'import.finished'
  | 'connection.created'
  | 'connection.changed'
  | 'connection.reordered'
  | 'connection.checked'
  | 'connection.issuer_changed'
  | 'connection.origin_changed'
  | 'connection.domain_file_added'
  | 'connection.domain_file_removed'
  | 'connection.removed'
  | 'connection.misconfigured'
  | 'branding.changed'
  | 'app.created'
  | 'app.changed'
  | 'app.removed'
  | 'app.restored'
  | 'app.deleted'
  | 'app.registered_by_document'
  | 'app.document_changed'
  | 'app.registered_dynamically'
  | 'admission.changed'
  | 'app.secret_rotated'
  | 'app.keys_checked'
  | 'device.approved'
  | 'device.refused'
  | 'device.codes_guessed'
  | 'app.first_use'
  | 'api.created'
  | 'api.changed'
  | 'api.removed'
  | 'api.secret_rotated'
  | 'webhook.created'
  | 'webhook.changed'
  | 'webhook.removed'
  | 'webhook.secret_rotated'
  | 'webhook.tested'
  | 'webhook.resent'
  | 'webhook.disabled'
  | 'admin.refused'
  | 'client.refused'
  | 'agreement.accepted'
  | 'agent.called'
  | 'connect.refused'
  | 'consent.given'
  | 'consent.denied'
  | 'grant.revoked'
  | 'refresh_token.reused'
  | 'code.reused'
  | 'admin.invited'
  | 'admin.joined'
  | 'admin.token_created'
  | 'admin.token_removed'
  | 'admin.setup_started'
  | 'admin.approval_requested'
  | 'admin.approval_given'
  | 'admin.approval_refused'
  | 'admin.approval_collected'
  | 'job.created'
  | 'job.paused'
  | 'job.resumed'
  | 'job.cancelled'
  | 'job.finished'
  | 'keys.signing_rotated'
  | 'export.started'
  | 'export.finished'
  | 'person.revealed'
  | 'person.viewed'
  | 'person.exported'
  | 'agent.permission_changed'
  | 'agents.stopped'
  | 'approval.requested'
  | 'approval.approved'
  | 'approval.denied'
  | 'approval.used'
  | 'approval.expired'
  | 'approval.refused'
  | 'signal.received'
  | 'signal.refused'
  | 'signed_out'
  | 'app.logout_undelivered';

export interface Event {
  /** A new one unless given. */
  readonly id?: string;
  readonly type: EventType;
  readonly userId?: string | undefined;
  readonly appId?: string | undefined;
  /** Alias. */
  readonly connection?: string | undefined;
  readonly identityId?: string | undefined;
  /** Default: the actor of the request, or `system` outside a request. */
  readonly actor?: Actor | undefined;
  /** Any caller can cause it, without proof from a provider. Above a rate limit it is only counted. */
  readonly unproven?: boolean;
  /** Never a token, code or secret, and no text of a provider. */
  readonly detail?: Detail;
}

/**
 * The audit log. This inner room owns the types of events, their table and its feed, batches, and the rate limit for
 * unauthenticated callers. It decides no event: the rooms record them, and webhooks delivers them.
 */
export interface Events {
  /**
   * Writes the event before it resolves, or before `gatherEvents` does. If the write fails, the caller must refuse the operation.
   */
  record(event: Event): Promise<void>;
}

/** The caller and request behind an event, in the columns of the audit log. */
export interface Cause {
  readonly requestId: string | undefined;
  readonly actorKind: Actor['kind'];
  readonly actorId: string | null;
  /** The client's IP address. */
  readonly address: string | undefined;
}

/** Returns the cause of an event that happens now. */
export function causeOf({ actor = currentActor() }: Pick<Event, 'actor'>): Cause {
  const { kind: actorKind, id: actorId } = actor;
  return { requestId: currentRequestId(), actorKind, actorId, address: currentAddress() };
}

// Each request that changes something writes events. Prisma takes longer to build the statement than PostgreSQL to answer.
function insertion(events: readonly EventValues[]) {
  const values: unknown[] = [];
  const rows = events.map((event) => `(${event.map((value) => `$${values.push(value)}`).join(', ')})`);
  return {
    name: `audit-record-${events.length}`,
    text: `INSERT INTO audit_event (id, type, user_id, app_id, connection, identity_id, request_id, actor_kind, actor_id, address,
      detail, mark) VALUES ${rows.join(', ')} ON CONFLICT (id) DO NOTHING`,
    values,
  };
}

export function createEvents(
  pool: Pick<pg.ClientBase, 'query'>,
  log: Logger,
  mark?: Pick<EventMark, 'of'>,
): Events {
  const write = async (events: readonly EventValues[]) => {
    await pool.query(insertion(events));
  };
  return {
    async record({ id = newId('evt'), type, userId, appId, connection, identityId, detail = {}, ...event }) {
      const cause = causeOf(event);
      const subject = { userId, appId, connection, identityId, ...cause };
      log.info({ event: type, ...subject, ...detail }, type);
      const { requestId, actorKind, actorId, address } = cause;
      const columns = [
        id,
        type,
        userId,
        appId,
        connection,
        identityId,
        requestId,
        actorKind,
        actorId,
        address,
      ];
      const marked = mark?.of({ id, type, ...subject, detail });
      const values = [...columns, JSON.stringify(detail), marked];
      if (!takeEvent(values, write)) await write([values]);
    },
  };
}
