import type { ChainedEvent } from '../kit/audit/seal.ts';
import type { EventMark } from '../kit/events/event-mark.ts';

/** Returns a function that notes each key which `symbolon keys abandon` gave up, if one of our processes recorded it. */
export function createAbandonedKeys(mark: Pick<EventMark, 'proves'>, note: (text: string) => void) {
  return (event: ChainedEvent): void => {
    if (event.type !== 'encryption_key.abandoned' || !event.mark || !mark.proves(event, event.mark)) return;
    const { key } = (event.detail ?? {}) as { readonly key?: unknown };
    note(
      `Key ${JSON.stringify(key)} was given up at ${event.at.toISOString()} (${event.id}). Seals with a newer key vouch for those that it signed. Events with its mark that no seal had by then are named as forged: their marks cannot be checked any more.`,
    );
  };
}
