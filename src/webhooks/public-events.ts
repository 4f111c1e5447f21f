import { z } from 'zod';
import type { FeedEvent } from '../kit/events/event-feed-store.ts';

/** What the outside may hear of, and which details of it: names of ours and plain facts, never a provider's text. */
const told = {
  'identity.linked': [],
  'identity.unlinked': [],
  'token.refreshed': ['rotated'],
  'token.expiring': ['ends_at'],
  'token.reauthorization_required': ['reason'],
  'token.revoked': ['outcome'],
  'token.retrieved': ['background', 'reason'],
  'user.created': [],
  'user.deleted': [],
  'connection.misconfigured': ['step', 'failure', 'status', 'times'],
} as const satisfies Record<string, readonly string[]>;

export type PublicEventType = keyof typeof told;

const isPublic = (type: string): type is PublicEventType => Object.hasOwn(told, type);

export const publicEventTypes = Object.keys(told).filter(isPublic);

/** All but those that come with every call of an app. */
export const usualEventTypes = publicEventTypes.filter((type) => type !== 'token.retrieved');

const details = z.record(z.string(), z.unknown()).catch({});

/** The body of a delivery. */
export function bodyOf(event: FeedEvent): string {
  const { id, at, type, userId, appId, connection, identityId } = event;
  const detail = details.parse(event.detail);
  const names: readonly string[] = isPublic(type) ? told[type] : [];
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
      ...Object.fromEntries(known),
    },
  });
}

/** Events of one lane keep their order: those of a user, or of a connection where there is no user. */
export function laneOf({ userId, connection }: FeedEvent): string {
  return userId ?? `connection:${connection ?? ''}`;
}
