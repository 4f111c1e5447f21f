import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from './exported.ts';
import { type CommandResult, type Stage, say, type Until } from './stage.ts';

export interface ImportAsk {
  /** The product's name on the command line. */
  readonly product: string;
  readonly label: string;
  readonly flags?: readonly string[];
  /** The text of the operator's `--secret-file`. */
  readonly secret?: string | undefined;
}

/** A line of `--report`. */
export interface Left {
  readonly user: string;
  readonly connection?: string;
  readonly reason: string;
}

export interface Outcome {
  /** The user's id here by the id at the peer. */
  readonly ids: ReadonlyMap<string, string>;
  /** The lines of the last run's report. */
  readonly left: readonly Left[];
  readonly faults: readonly string[];
}

/** The runs of the command on one export, as an operator makes them. */
export async function importInto(stage: Stage, { product, label, flags = [], secret }: ImportAsk) {
  const named = (what: string) => path.join(stage.directory, `${product}-${label}${what}`);
  if (secret !== undefined) await writeFile(named('.secret'), secret, { mode: 0o600 });
  const always = [...flags, ...(secret === undefined ? [] : ['--secret-file', named('.secret')])];
  const file = named('.jsonl');
  const faults: string[] = [];
  const run = (more: readonly string[], until?: Until) =>
    stage.symbolon(['import', product, file, ...always, ...more], until);
  const finished = (what: string, { code, text }: CommandResult) => {
    if (code !== 0) faults.push(`${what} ended with ${code}: ${text.slice(0, 500)}`);
  };

  const print = (what: string, { text }: CommandResult) =>
    process.stdout.write(`${product} ${label}, ${what}:\n${text.replace(/^ +"[^\n]*\n/gm, '')}\n`);

  /** Compares the dry run with the run. */
  async function both(): Promise<CommandResult> {
    const dry = await run(['--dry-run', '--report', named('.dry-report.jsonl')]);
    finished('the dry run', dry);
    const real = await run(['--report', named('.report.jsonl'), '--ids', named('.ids.jsonl')]);
    finished('the run', real);
    const [foreseen, done] = [bodyOf(dry.text), bodyOf(real.text)];
    if (foreseen !== done) faults.push(`the dry run foresaw something else:\n${foreseen}\n${done}`);
    return real;
  }

  return {
    file,
    /** Runs the first import. If asked, an earlier run is killed in the midst of it. */
    async first({ killed }: { readonly killed: boolean }): Promise<void> {
      if (killed) {
        const before = await stage.users();
        const { killed: was } = await run([], async (ended) => {
          while (!ended.aborted && (await stage.users()) < before + 500) await pause(5);
        });
        const taken = (await stage.users()) - before;
        if (!was) faults.push('the run had ended before it was killed');
        say(`  killed after ${taken} users`);
      }
      print('first import', await both());
    },
    /** Imports the difference. One more run changes nothing. */
    async second(): Promise<Outcome> {
      print('second import', await both());
      const held = await contents(stage);
      finished('one more run', await run([]));
      if ((await contents(stage)) !== held) faults.push('one more run changed something');
      const lines = await linesOf<{ from: string; user: string }>(named('.ids.jsonl'));
      const left = await linesOf<Left>(named('.report.jsonl'));
      // The ids of some accounts, and so their tokens, come along only if the providers are asked.
      const asking = await run(['--ask']);
      finished('the run with --ask', asking);
      print('third import, with --ask', asking);
      return { ids: new Map(lines.map(({ from, user }) => [from, user])), left, faults };
    },
  };
}

/** Returns the summary without its first line, which differs between a dry run and a run. */
function bodyOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => /^ {2}|^Not taken/.test(line))
    .join('\n');
}

async function contents({ pool }: Stage): Promise<string> {
  const digest = (table: string, by: string) =>
    pool.query(`SELECT md5(string_agg(md5(t::text), '' ORDER BY ${by})) AS md5 FROM ${table} t`);
  const all = [digest('"user"', 'id'), digest('identity', 'id'), digest('vault_entry', 'identity_id')];
  return JSON.stringify((await Promise.all(all)).map((answer) => answer.rows));
}
