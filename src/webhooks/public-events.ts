import { z } from 'zod';
import type { FeedEvent } from '../kit/events/event-feed-store.ts';

/** The events that webhooks deliver, with their public details. No detail is a provider's text. */
const publicDetails = {
  'identity.linked': [],
  'identity.unlinked': [],
  'token.refreshed': ['rotated'],
  'token.expiring': ['ends_at'],
  'token.reauthorization_required': ['reason'],
  'token.revoked': ['outcome'],
  'token.retrieved': ['background', 'reason'],
  'app.first_use': ['away', 'used_at'],
  'approval.requested': ['approval', 'kind', 'method', 'expires_at'],
  'approval.approved': ['approval', 'kind', 'method'],
  'approval.denied': ['approval', 'kind', 'method'],
  'approval.used': ['approval', 'kind', 'method'],
  'approval.expired': ['approval', 'kind', 'method'],
  'agents.stopped': ['clients'],
  'user.created': [],
  'user.deleted': [],
  'connection.misconfigured': ['step', 'failure', 'status', 'times'],
  'connection.origin_changed': ['from', 'to', 'reason', 'identities'],
  'user.roles_changed': ['roles', 'reason'],
  'admin.invited': ['invitation', 'role', 'expires_at', 'reason'],
  'admin.joined': ['invitation', 'roles'],
  'admin.token_created': ['token', 'role', 'expires_at', 'reason'],
  'admin.token_removed': ['token'],
  'admin.approval_requested': ['approval', 'operation', 'reason'],
  'admin.approval_given': ['approval', 'operation', 'author', 'reason'],
  'admin.approval_refused': ['approval', 'operation', 'author', 'reason'],
} as const satisfies Record<string, readonly string[]>;

export type PublicEventType = keyof typeof publicDetails;

const isPublic = (type: string): type is PublicEventType => Object.hasOwn(publicDetails, type);

export const publicEventTypes = Object.keys(publicDetails).filter(isPublic);

/** Types that are sent only where they are named: those of every retrieval or question, and those of changes by admins. */
const onRequest =
  /^(token\.retrieved|connection\.origin_changed|user\.roles_changed|admin\..*|approval\..*|agents\..*)$/;

/** The default types of an endpoint. */
export const usualEventTypes = publicEventTypes.filter((type) => !onRequest.test(type));

const details = z.record(z.string(), z.unknown()).catch({});

/** Returns the body of a delivery. It names the actor, and not the IP address of a person. */
export function bodyOf(event: FeedEvent): string {
  const { id, at, type, userId, appId, connection, identityId, actorKind, actorId } = event;
  const detail = details.parse(event.detail);
  const names: readonly string[] = isPublic(type) ? publicDetails[type] : [];
  const known = names.filter((name) => Object.hasOwn(detail, name)).map((name) => [name, detail[name]]);
  return JSON.stringify({
    type,
    timestamp: at.toISOString(),
    data: {
      event_id: id,
      user: userId,
      app: appId,
      connection,
      identity: identityId,
      actor: actorKind === null ? null : { kind: actorKind, id: actorId },
      ...Object.fromEntries(known),
    },
  });
}

/** Returns the lane of an event: that of its user, else that of its connection. A lane keeps the order. */
export function laneOf({ userId, connection }: FeedEvent): string {
  return userId ?? `connection:${connection ?? ''}`;
}
