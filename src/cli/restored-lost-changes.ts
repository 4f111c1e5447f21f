import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { changeTypes } from '../kit/events/recent-changes.ts';

/** A change made after the backup, which the restored database therefore lacks. */
export interface LostChange {
  readonly at: Date;
  readonly type: string;
  /** The ids of the user, identity, connection and app. */
  readonly about: string;
}

const line = z.object({
  time: z.number(),
  event: z.string().refine((type) => changeTypes.has(type)),
  userId: z.string().optional(),
  appId: z.string().optional(),
  connection: z.string().optional(),
  identityId: z.string().optional(),
});

/** Reads the changes from the brokers' logs, in order of time. Other log lines are skipped. */
export async function readLostChanges(
  files: readonly string[],
  since: Date | undefined,
): Promise<readonly LostChange[]> {
  const lostChanges: LostChange[] = [];
  for (const file of files) {
    const input = createReadStream(file);
    const lines = createInterface({ input });
    // A readline interface ends without an error if its file cannot be read.
    const failed = new Promise<never>((_, reject) => input.once('error', reject));
    const read = (async () => {
      for await (const text of lines) lostChanges.push(...lostChangesIn(text, since));
    })();
    await Promise.race([read, failed]).catch((error: unknown) => {
      throw new ConfigError(`--log ${file}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return lostChanges.sort((one, other) => one.at.getTime() - other.at.getTime());
}

function lostChangesIn(text: string, since: Date | undefined): readonly LostChange[] {
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
