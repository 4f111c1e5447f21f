import type { ExportFile } from '../imports/read-records.ts';
import { reasons } from '../imports/reasons.ts';
import type { LeftCount, Tally } from '../imports/tally.ts';
import { type Clock, seconds } from '../kit/clock.ts';

/** Tells how an import goes on, about once a second. */
export function createImportProgress(
  file: Pick<ExportFile, 'bytes' | 'bytesRead'>,
  clock: Clock,
  out: NodeJS.WritableStream & { readonly isTTY?: boolean },
): (tally: Tally) => void {
  const begun = clock.now().getTime();
  let told = begun;
  return ({ users }) => {
    const now = clock.now().getTime();
    if (now - told < seconds(1)) return;
    told = now;
    const elapsed = (now - begun) / 1000;
    const part = file.bytesRead() / Math.max(1, file.bytes);
    const left = part > 0 ? Math.ceil((elapsed * (1 - part)) / part) : 0;
    const rate = number(Math.round(users.read / elapsed));
    const line = `${Math.floor(part * 100)} %: ${number(users.read)} users read, ${rate} a second, about ${left} s left`;
    // A terminal keeps one line up to date; a log gets them all.
    out.write(out.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  };
}

export function summaryOf({ users, identities, tokens, left }: Tally, dry: boolean): string {
  const lines = [
    dry ? 'Nothing was written. It would be:' : 'Done.',
    `  records     ${number(users.read)} read`,
    `  users       ${number(users.new)} new, ${number(users.known)} here already, ${number(users.left)} not taken`,
    `  identities  ${number(identities.new)} new, ${number(identities.known)} here already`,
    `  tokens      ${number(tokens.new)} new, ${number(tokens.replaced)} in place of older ones, ${number(tokens.kept)} left since what is held is as new or newer`,
  ];
  const counts = [...left.values()].sort((a, b) => b.count - a.count);
  const shown = counts.slice(0, mostShown);
  if (counts.length > 0) lines.push('Not taken:', ...shown.flatMap(complaint));
  if (counts.length > shown.length)
    lines.push(`  and ${number(counts.length - shown.length)} more kinds: --report FILE has them all`);
  return lines.join('\n');
}

const mostShown = 40;

function complaint({ reason, connection, detail, count, users }: LeftCount): readonly string[] {
  const where = connection ?? detail;
  const named = where === undefined ? reason : `${reason} (${JSON.stringify(where)})`;
  const more = count > users.length ? ', …' : '';
  return [
    `  ${number(count).padStart(9)}  ${named}: ${reasons[reason]}`,
    `             ${users.map((user) => JSON.stringify(user)).join(', ')}${more}`,
  ];
}

function number(count: number): string {
  return count.toLocaleString('en');
}
