import type { Prisma, PrismaClient } from '../database/database.ts';
import { newId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { currentRequestId } from '../request-context.ts';

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
  | 'token.deposited'
  | 'token.refreshed'
  | 'token.refresh_failed'
  | 'token.expiring'
  | 'token.reauthorization_required'
  | 'token.retrieved'
  | 'token.proxied'
  | 'token.refused'
  | 'token.revoked'
  | 'token.unreadable'
  | 'database.restored'
  | 'database.rewound'
  | 'import.started'
  | 'import.finished'
  | 'connection.created'
  | 'connection.changed'
  | 'connection.issuer_changed'
  | 'connection.removed'
  | 'connection.misconfigured'
  | 'app.created'
  | 'app.changed'
  | 'app.removed'
  | 'app.secret_rotated'
  | 'api.created'
  | 'api.changed'
  | 'api.removed'
  | 'api.secret_rotated'
  | 'webhook.created'
  | 'webhook.changed'
  | 'webhook.removed'
  | 'webhook.secret_rotated'
  | 'webhook.disabled'
  | 'consent.given'
  | 'consent.denied'
  | 'grant.revoked'
  | 'refresh_token.reused'
  | 'code.reused'
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
  /** Any caller can cause it, without proof from a provider. Above a rate limit it is only counted. */
  readonly unproven?: boolean;
  /** Never a token, code or secret, and no text of a provider. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/**
 * The audit log. This inner room owns the types of events, their table and its feed, batches, and the rate limit for
 * unauthenticated callers. It decides no event: the rooms record them, and webhooks delivers them.
 */
export interface Events {
  /** Writes the event before it resolves. If the write fails, the caller must refuse the operation. */
  record(event: Event): Promise<void>;
}

export function createEvents(prisma: PrismaClient, log: Logger): Events {
  return {
    async record({ id = newId('evt'), type, userId, appId, connection, identityId, detail = {} }) {
      const requestId = currentRequestId();
      const subject = { userId, appId, connection, identityId, requestId };
      log.info({ event: type, ...subject, ...detail }, type);
      const known = Object.fromEntries(Object.entries(subject).filter(([, value]) => value !== undefined));
      await prisma.auditEvent.create({
        data: { id, type, ...known, detail: detail as Prisma.InputJsonObject },
      });
    },
  };
}
