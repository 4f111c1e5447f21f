import { AsyncLocalStorage } from 'node:async_hooks';

/** The columns of an event, in the order of the statement that writes it. */
export type EventValues = readonly unknown[];
type Write = (events: readonly EventValues[]) => Promise<void>;

interface Gathered {
  events: EventValues[];
  write: Write | undefined;
  isOpen: boolean;
}

const gathering = new AsyncLocalStorage<Gathered>();

/**
 * Runs work whose events are written in one statement, at its end, whether it succeeds or not. It must be short: a process that is
 * killed loses the events with it.
 */
export async function gatherEvents<T>(work: () => Promise<T>): Promise<T> {
  const gathered: Gathered = { events: [], write: undefined, isOpen: true };
  try {
    return await gathering.run(gathered, work);
  } finally {
    gathered.isOpen = false;
    await writeAll(gathered);
  }
}

/** Writes the events so far, before something that takes long. */
export async function writeGatheredEvents(): Promise<void> {
  const gathered = gathering.getStore();
  if (gathered) await writeAll(gathered);
}

/** Takes an event, if events are gathered now. Returns false if it has to be written at once. */
export function takeEvent(event: EventValues, write: Write): boolean {
  const gathered = gathering.getStore();
  if (!gathered?.isOpen) return false;
  gathered.events.push(event);
  gathered.write = write;
  return true;
}

async function writeAll(gathered: Gathered): Promise<void> {
  const { events, write } = gathered;
  gathered.events = [];
  if (events.length > 0) await write?.(events);
}
