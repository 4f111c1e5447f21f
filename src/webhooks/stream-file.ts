import { constants, type FileHandle, open } from 'node:fs/promises';
import type { EventFields } from '../kit/events/event-fields.ts';
import { nameOfStream, type StreamDelivery, type StreamTarget } from './stream-target.ts';

// A pipe without a reader would block the thread that opens it.
const flags = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR | constants.O_NONBLOCK;
const newline = 10;

/** Appends each event as a line of JSON. The file is opened by name for each run, so that another program may rotate it by renaming. */
export function createFileTarget(path: string): StreamTarget {
  return {
    name: nameOfStream({ to: 'file', path }),
    async open() {
      const file = await open(path, flags, 0o640);
      try {
        return deliveryTo(file, await endsWithinLine(file));
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

function deliveryTo(file: FileHandle, withinLine: boolean): StreamDelivery {
  let open = true;
  let before = withinLine ? '\n' : '';
  return {
    async write(events: readonly EventFields[]) {
      await file.appendFile(before + events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      before = '';
    },
    async finish() {
      await file.datasync();
    },
    abort() {
      if (open) void file.close().catch(() => undefined);
      open = false;
    },
  };
}

/** Returns whether the file ends in part of a line: a process ended, or the disk was full, while it was written. */
async function endsWithinLine(file: FileHandle): Promise<boolean> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new Error('AUDIT_STREAM: is no regular file');
  if (stats.size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, stats.size - 1);
  return buffer[0] !== newline;
}
