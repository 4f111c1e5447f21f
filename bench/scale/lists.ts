import { open } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { questions } from './questions.ts';

export interface ListsDeps {
  readonly port: number;
  readonly metricsPort: number;
  readonly host: string;
  readonly token: string;
  /** The folder of the bench, with the server's log in it. */
  readonly directory: string;
  readonly rounds: number;
  readonly only: RegExp;
}

interface Line {
  readonly name: string;
  readonly status: number;
  readonly rows: string;
  readonly p50: number;
  readonly p95: number;
  readonly slow: string;
}

const most = 50;

/** Asks each list with its filters over HTTP, its first page and the one after. Returns the lines, the slowest first. */
export async function measureLists(deps: ListsDeps): Promise<readonly string[]> {
  const { port, metricsPort, host, token, only } = deps;
  const log = await logOf(deps.directory);
  const lines: Line[] = [];
  const ask = async (at: number, address: string) => {
    const begun = performance.now();
    const answer = await get(at, address, { host, authorization: `Bearer ${token}` });
    return { ...answer, took: performance.now() - begun };
  };
  const measure = async (name: string, at: number, address: string) => {
    await log.rest();
    const times: number[] = [];
    let last = await ask(at, address);
    for (let round = 0; round < deps.rounds; round += 1) {
      last = await ask(at, address);
      times.push(last.took);
    }
    times.sort((one, other) => one - other);
    const at95 = times[Math.ceil(times.length * 0.95) - 1] ?? 0;
    const p50 = times[Math.ceil(times.length * 0.5) - 1] ?? 0;
    const rows = rowsOf(last.body);
    lines.push({
      name,
      status: last.status,
      rows: rows.text,
      p50,
      p95: at95,
      slow: slowOf(await log.rest()),
    });
    return rows.next;
  };
  for (const [name, question] of Object.entries(questions).filter(([name]) => only.test(name))) {
    const address = `/admin/v1${question}`;
    const next = await measure(name, port, address);
    if (next === undefined) continue;
    const cursor = `${address.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`;
    await measure(`${name}, next page`, port, address + cursor);
  }
  if (only.test('metrics')) await measure('metrics', metricsPort, '/metrics');
  await log.close();
  lines.sort((one, other) => other.p95 - one.p95);
  return [
    `${lines.length} lists; p95 above ${most} ms: ${lines.filter(({ p95 }) => p95 > most).length}`,
    `${'list'.padEnd(62)}${'status'.padStart(6)}${'rows'.padStart(8)}${'p50 ms'.padStart(9)}${'p95 ms'.padStart(9)}`,
    ...lines.map(
      ({ name, status, rows, p50, p95, slow }) =>
        `${name.padEnd(62)}${String(status).padStart(6)}${rows.padStart(8)}${p50.toFixed(1).padStart(9)}${p95.toFixed(1).padStart(9)}${slow}`,
    ),
  ];
}

/** The number of rows, with a plus where a search has stopped, and the cursor of the next page. */
function rowsOf(body: string): { readonly text: string; readonly next: string | undefined } {
  try {
    const answer = JSON.parse(body) as Record<string, unknown>;
    const items = answer.items ?? answer.series ?? [];
    const count = Array.isArray(items) ? items.length : 0;
    const next = typeof answer.next_cursor === 'string' ? answer.next_cursor : undefined;
    return { text: `${count}${answer.looked_back_to ? '+' : ''}`, next };
  } catch {
    return { text: '', next: undefined };
  }
}

/** The slowest statement that auto_explain wrote, and the tables that it read as a whole. */
function slowOf(log: string): string {
  const found = [...log.matchAll(/duration: ([\d.]+) ms {2}plan:\s+(\{[\s\S]*?\n\s*\})(?=\n\d{4}-|\s*$)/g)]
    .map(([, took, plan = '']) => ({ took: Number(took), plan }))
    .sort((one, other) => other.took - one.took)[0];
  if (!found) return '';
  const query = /"Query Text": "((?:[^"\\]|\\.)*)"/.exec(found.plan)?.[1] ?? '';
  const whole = [...found.plan.matchAll(/"Node Type": "Seq Scan"[\s\S]*?"Relation Name": "(\w+)"/g)];
  const tables = [...new Set(whole.map(([, table]) => table))].join(', ');
  const short = query.replace(/\\n/g, ' ').replace(/\s+/g, ' ').slice(0, 160);
  return `\n    ${found.took.toFixed(0)} ms: ${short}${tables ? `\n    Seq Scan: ${tables}` : ''}`;
}

async function logOf(directory: string) {
  const file = await open(path.join(directory, 'postgres/postgres.log'));
  let at = (await file.stat()).size;
  return {
    async rest() {
      const size = (await file.stat()).size;
      const buffer = Buffer.alloc(Math.max(0, size - at));
      await file.read(buffer, 0, buffer.length, at);
      at = size;
      return buffer.toString('utf8');
    },
    close: () => file.close(),
  };
}

/** `fetch` would send a `Host` of its own. */
export async function get(
  port: number,
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request({ host: '127.0.0.1', port, path: address, headers }, resolve).on('error', reject).end(),
  );
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}
