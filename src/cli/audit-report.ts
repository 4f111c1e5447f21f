import type { Finding } from '../kit/audit/finding.ts';
import type { Seal } from '../kit/audit/seal.ts';
import { type Summary, type Verification, verifyChain } from '../kit/audit/verify-chain.ts';
import { after, seconds, systemClock } from '../kit/clock.ts';
import { formatCount } from './table.ts';

interface ReportOptions {
  readonly json: true | undefined;
  readonly notes: readonly string[];
  /** Yields findings of other sources, after the walk. */
  readonly further: () => AsyncIterable<Finding>;
}

/** The exit code for a contradiction; 1 means that the check itself failed. */
const contradicted = 3;
/** Findings in the JSON document, and in its text. The count has all. */
const mostListed = 10_000;

/** Verifies the chain, prints the result and sets the exit code. */
export async function runVerification(
  verification: Verification,
  { json, notes, further }: ReportOptions,
): Promise<void> {
  const found: Finding[] = [];
  let count = 0;
  const take = (finding: Finding) => {
    count += 1;
    if (count > mostListed) return;
    if (json) found.push(finding);
    else process.stdout.write(`${lineOf(finding)}\n`);
  };
  const walk = verifyChain({ ...verification, onSeal: createProgress() });
  let step = await walk.next();
  for (; !step.done; step = await walk.next()) take(step.value);
  for await (const finding of further()) take(finding);
  const summary = step.value;
  const all = [...summary.notes, ...notes];
  process.stdout.write(json ? document(summary, { found, count, notes: all }) : text(summary, count, all));
  if (count > 0) process.exitCode = contradicted;
}

/** Returns a function that says on standard error how far the walk is. */
function createProgress(): (seal: Seal) => void {
  let last = systemClock.now();
  let events = 0;
  return (seal) => {
    events += seal.events;
    if (systemClock.now() < after(last, seconds(2))) return;
    last = systemClock.now();
    process.stderr.write(`${formatCount(events)} events, until ${seal.closedAt.toISOString()}\n`);
  };
}

function lineOf({ kind, event, type, at, seal, text }: Finding): string {
  const about = [event, type, at].filter((part) => part !== undefined).join(' ');
  return [kind.padEnd(11), about, seal === undefined ? '' : `seal ${seal}:`, text]
    .filter((part) => part !== '')
    .join(' ');
}

function text({ seals, events, last, proven }: Summary, count: number, notes: readonly string[]): string {
  const walked = `${formatCount(events)} events in ${formatCount(seals)} seals`;
  const head =
    last && `The newest is seal ${last.seq} of ${last.closedAt.toISOString()}, head ${hexOf(last)}.`;
  const verdict =
    count === 0
      ? `${walked} are whole.`
      : `${walked} were compared, with ${formatCount(count)} contradictions.`;
  const signed = proven ? [`Our keys vouch for the seals up to ${proven.seq}.`] : [];
  return `${[verdict, ...(head ? [head] : []), ...signed, ...notes].join('\n')}\n`;
}

interface Found {
  readonly found: readonly Finding[];
  readonly count: number;
  readonly notes: readonly string[];
}

function document({ seals, events, first, last, proven }: Summary, { found, count, notes }: Found): string {
  const sealOf = (seal: Seal | undefined) =>
    seal ? { seq: String(seal.seq), closed_at: seal.closedAt.toISOString(), hash: hexOf(seal) } : null;
  const range = { first: sealOf(first), last: sealOf(last), proven: sealOf(proven) };
  return `${JSON.stringify({ whole: count === 0, seals, events, ...range, findings: found, found: count, notes })}\n`;
}

function hexOf({ hash }: Seal): string {
  return Buffer.from(hash).toString('hex');
}
