import { z } from 'zod';
import type { EventType } from '../../kit/events/events.ts';
import type { NewBulkItem } from '../../reporting/bulk-store.ts';

/** An act on many items: a list of the API chooses them, and another operation of the API does the act for each. */
export interface BulkAct {
  readonly list: 'GET /identities' | 'GET /users';
  readonly operation: string;
  /**
   * The event after the act. An item whose event exists is not done again. Undefined: the event comes before the act is done,
   * and the act may be repeated.
   */
  readonly event: EventType | undefined;
  /** Each item asks a provider, so the rate of a connection is bounded. */
  readonly asksProvider: boolean;
  /** It takes something away, so many items need a fresh sign-in and a reason. */
  readonly dangerous: boolean;
  input(item: NewBulkItem): { readonly params: Readonly<Record<string, string>>; readonly body?: object };
  /** Returns the item for one line of the list. */
  item(listed: unknown): NewBulkItem;
}

const listedIdentity = z.object({
  id: z.string(),
  connection: z.string(),
  user: z.object({ id: z.string() }),
});
const listedUser = z.object({ id: z.string() });

const onIdentities = {
  list: 'GET /identities' as const,
  input: ({ userId, target }: NewBulkItem) => ({ params: { user: userId, identity: target } }),
  item(listed: unknown): NewBulkItem {
    const { id, connection, user } = listedIdentity.parse(listed);
    return { target: id, userId: user.id, connectionId: connection };
  },
};

const onUsers = (disabled: boolean) => ({
  list: 'GET /users' as const,
  operation: 'PATCH /users/{user}',
  asksProvider: false,
  dangerous: true,
  input: ({ userId }: NewBulkItem) => ({ params: { user: userId }, body: { disabled } }),
  item(listed: unknown): NewBulkItem {
    const { id } = listedUser.parse(listed);
    return { target: id, userId: id, connectionId: null };
  },
});

const item = '/users/{user}/identities/{identity}';

export const bulkActs = {
  'identities.refresh': {
    ...onIdentities,
    operation: `POST ${item}/refresh`,
    event: undefined,
    asksProvider: true,
    dangerous: false,
  },
  'identities.ask_again': {
    ...onIdentities,
    operation: `POST ${item}/ask-again`,
    event: 'token.reauthorization_required',
    asksProvider: false,
    dangerous: true,
  },
  'identities.revoke': {
    ...onIdentities,
    operation: `POST ${item}/revoke`,
    event: undefined,
    asksProvider: true,
    dangerous: true,
  },
  'identities.unlink': {
    ...onIdentities,
    operation: `DELETE ${item}`,
    event: 'identity.unlinked',
    asksProvider: true,
    dangerous: true,
  },
  // The person is signed out after the event.
  'users.disable': { ...onUsers(true), event: undefined },
  'users.enable': { ...onUsers(false), event: 'user.enabled', dangerous: false },
} as const satisfies Record<string, BulkAct>;

export type BulkActName = keyof typeof bulkActs;
export const bulkActNames = Object.keys(bulkActs) as [BulkActName, ...BulkActName[]];

/** Returns the act of a stored job. Undefined: this version does not know it. */
export function actOf(name: string): BulkAct | undefined {
  return Object.hasOwn(bulkActs, name) ? bulkActs[name as BulkActName] : undefined;
}
