import { readFile } from 'node:fs/promises';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

/** Checks that no secret of the provider or the broker is in a log at the most detailed level. */
export async function searchLogs(stage: Stage, tally: Tally, own: readonly string[]): Promise<void> {
  const logs = await Promise.all(stage.fleet.logFiles.map((file) => readFile(file, 'utf8')));
  const text = logs.join('\n');
  tally.add('bytes of log', text.length);
  // There are thousands of secrets and megabytes of log, so the words of the log are looked up, not each
  // secret.
  const words = new Set(text.match(/[\w-]{20,}/g));
  const long = [...words].filter((word) => word.length > 60);
  for (const secret of [...stage.minted(), ...own]) {
    const parts = secret.split('.').filter((part) => part.length >= 20);
    const told = parts.some((part) => words.has(part) || long.some((word) => word.includes(part)));
    // The header of a JWT is the same for all of them, and no secret.
    const jwt = parts.length === 3;
    const found = jwt ? words.has(parts[2] ?? '') : told;
    if (found)
      tally.evidence('!secret: a secret in a log', `${secret.slice(0, 6)}… (${secret.length} characters)`);
  }
}

/** Returns the most frequent log messages of warnings and errors. */
export async function complaints(stage: Stage): Promise<readonly (readonly [string, number])[]> {
  const counts = new Map<string, number>();
  for (const file of stage.fleet.logFiles) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      const message = complaintIn(line);
      if (message) counts.set(message, (counts.get(message) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}

function complaintIn(line: string): string | undefined {
  if (!line.startsWith('{')) return line === '' ? undefined : `(no JSON) ${line.slice(0, 120)}`;
  try {
    const { level, msg, err, status } = JSON.parse(line) as {
      level: string;
      msg?: string;
      err?: { message?: string };
      status?: number;
    };
    if (level !== 'error' && level !== 'fatal') return undefined;
    // The last line of a message says what happened; the others name the place in Prisma.
    const words = err?.message?.trim().split('\n').at(-1)?.slice(0, 120);
    return [status, msg, words].filter(Boolean).join(' ');
  } catch {
    // The last line of a run that was cut off.
    return undefined;
  }
}
