import type { ExportFile } from '../imports/read-records.ts';
import { reasons } from '../imports/reasons.ts';
import type { LeftCount, Tally } from '../imports/tally.ts';
import { type Clock, seconds } from '../kit/clock.ts';
import { formatCount } from './table.ts';

/** Returns a function that prints the progress of an import, at most once a second. */
export function createImportProgress(
  file: Pick<ExportFile, 'bytes' | 'bytesRead'>,
  clock: Clock,
  out: NodeJS.WritableStream & { readonly isTTY?: boolean },
): (tally: Tally) => void {
  const begun = clock.now().getTime();
  let printedAt = begun;
  return ({ users }) => {
    const now = clock.now().getTime();
    if (now - printedAt < seconds(1)) return;
    printedAt = now;
    const elapsed = (now - begun) / 1000;
    // The size of a pipe is unknown.
    const part = file.bytes > 0 ? Math.min(1, file.bytesRead() / file.bytes) : undefined;
    const left = part ? Math.ceil((elapsed * (1 - part)) / part) : 0;
    const rate = formatCount(Math.round(users.read / elapsed));
    const read = `${formatCount(users.read)} users read, ${rate} a second`;
    const line = part === undefined ? read : `${Math.floor(part * 100)} %: ${read}, about ${left} s left`;
    // A terminal gets one line that is updated, a log one line each time.
    out.write(out.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  };
}

export function summaryOf({ users, blocked, identities, tokens, left }: Tally, dry: boolean): string {
  const lines = [
    dry ? 'Nothing was written. It would be:' : 'Done.',
    `  records     ${formatCount(users.read)} read`,
    `  users       ${formatCount(users.new)} new, ${formatCount(users.known)} here already, ${formatCount(users.left)} not taken${blocked.disabled > 0 ? `, ${formatCount(blocked.disabled)} disabled because they are blocked there` : ''}`,
    `  identities  ${formatCount(identities.new)} new, ${formatCount(identities.known)} here already${identities.rekeyed > 0 ? `, ${formatCount(identities.rekeyed)} of them under another id, which is put right` : ''}`,
    `  tokens      ${formatCount(tokens.new)} new, ${formatCount(tokens.replaced)} in place of older ones, ${formatCount(tokens.kept)} left as they are stored, ${formatCount(tokens.same)} of them the same`,
  ];
  const counts = [...left.values()].sort((a, b) => b.count - a.count);
  const shown = counts.slice(0, mostShown);
  if (counts.length > 0) lines.push('Not taken:', ...shown.flatMap(skippedLines));
  if (counts.length > shown.length)
    lines.push(`  and ${formatCount(counts.length - shown.length)} more kinds: --report FILE has them all`);
  return lines.join('\n');
}

/** The kinds of skipped records that the summary names. */
const mostShown = 40;

function skippedLines({ reason, connection, detail, count, users }: LeftCount): readonly string[] {
  const where = connection ?? detail;
  const named = where === undefined ? reason : `${reason} (${JSON.stringify(where)})`;
  const why = connection === undefined || detail === undefined ? '' : ` (${detail})`;
  const more = count > users.length ? ', …' : '';
  return [
    `  ${formatCount(count).padStart(9)}  ${named}: ${reasons[reason]}${why}`,
    `             ${users.map((user) => JSON.stringify(user)).join(', ')}${more}`,
  ];
}
