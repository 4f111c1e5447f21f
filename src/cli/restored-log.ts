import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { deedTypes } from '../kit/events/deeds.ts';

/** Something that was done after the backup was made, and is not done in it. */
export interface Undone {
  readonly at: Date;
  readonly type: string;
  /** Who and what, by ids. */
  readonly about: string;
}

const line = z.object({
  time: z.number(),
  event: z.string().refine((type) => deedTypes.has(type)),
  userId: z.string().optional(),
  appId: z.string().optional(),
  connection: z.string().optional(),
  identityId: z.string().optional(),
});

/** From logs of the brokers, in order of time. Lines of other kinds are passed over. */
export async function happenedSince(
  files: readonly string[],
  since: Date | undefined,
): Promise<readonly Undone[]> {
  const undone: Undone[] = [];
  for (const file of files) {
    const input = createReadStream(file);
    const lines = createInterface({ input });
    // An interface ends quietly when its file cannot be read.
    const failed = new Promise<never>((_, reject) => input.once('error', reject));
    const read = (async () => {
      for await (const text of lines) undone.push(...undoneIn(text, since));
    })();
    await Promise.race([read, failed]).catch((error: unknown) => {
      throw new ConfigError(`--log ${file}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return undone.sort((one, other) => one.at.getTime() - other.at.getTime());
}

function undoneIn(text: string, since: Date | undefined): readonly Undone[] {
  const { data } = line.safeParse(jsonIn(text));
  if (!data || (since && data.time <= since.getTime())) return [];
  const { time, event, userId, appId, connection, identityId } = data;
  const about = [userId, identityId, connection, appId].filter((name) => name !== undefined).join(' ');
  return [{ at: new Date(time), type: event, about }];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
