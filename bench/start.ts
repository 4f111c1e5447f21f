import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { cpuOf, memoryOf } from './cpu.ts';
import { fillFloorTable } from './floor-table.ts';
import { requestOfOwnToken } from './issuance-jobs.ts';
import { seedIssuance } from './issuance-seed.ts';
import { drive } from './load.ts';
import { ask } from './request-load.ts';
import { seed } from './seed.ts';
import { asBroker, type How, type Program, production, startPostgres, startServer } from './servers.ts';

// Measures what a start costs and what the process weighs: the broker by the command of `npm start`, the floor of retrieval,
// which is a bare HTTP server, and bare oidc-provider, in alternating rounds.

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    /** The retrieval load after each start; 0: none. */
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '32' },
    /** The folder of built code, to start it too and to say what its memory is for: `dist/broker` after `npm run build`. */
    built: { type: 'string' },
    /** Other flags of Node for the broker, in place of those of `npm start`. */
    flags: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const host = 'broker.example';

/** One start: milliseconds, CPU seconds and MiB. */
interface Start {
  readonly ready: number;
  readonly firstToken: number;
  readonly cpu: number;
  readonly readyMemory: number;
  readonly tokenMemory: number;
  readonly loadedMemory: number;
  readonly requests: number;
}

const opened = new AsyncDisposableStack();

async function run(): Promise<void> {
  const postgres = await startPostgres(opened);
  const { directory, databaseUrl } = postgres;
  const key = randomBytes(32);
  say(`seeding ${values.users} users …`);
  const seeding = { issuer, databaseUrl, key: { id: 'bench', key }, directory };
  const { people, alias } = await seed({ ...seeding, users: Number(values.users) });
  await fillFloorTable(databaseUrl, { issuer, people, alias }, key);
  const app = await seedIssuance(postgres, { issuer, key, people: 0 });
  const token = requestOfOwnToken({ host, seed: app });
  const retrieval = { host, path: `/v1/me/identities/${alias}/token`, people };
  const [first] = people;
  if (!first) throw new Error('no person to ask for');
  const retrieve = `GET ${retrieval.path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${first.bearer}\r\n\r\n`;

  const configured = asBroker(postgres, { issuer, key });
  const broker: Program =
    values.flags === undefined ? production : { ...production, flags: values.flags.split(' ') };
  const built = values.built !== undefined && { ...broker, file: path.join(values.built, broker.file) };
  const programs = [
    {
      name: 'bare server',
      program: { file: 'bench/floor.ts' },
      how: (port: number): How => ({
        arguments: [databaseUrl, String(port), issuer, key.toString('base64')],
      }),
      request: retrieve,
      load: true,
    },
    {
      name: 'oidc-provider',
      program: { file: 'bench/issuance-floor.ts' },
      how: (port: number): How => ({ arguments: [databaseUrl, String(port), issuer] }),
      request: token,
      load: false,
    },
    { name: 'broker', program: broker, how: configured, request: token, load: true },
    ...(built ? [{ name: 'built', program: built, how: configured, request: token, load: true }] : []),
  ];

  const load = async (port: number) => {
    const milliseconds = Number(values.seconds) * 1000;
    return await drive({ ...retrieval, port, connections: Number(values.connections), milliseconds });
  };
  const once = async ({
    program,
    how,
    request,
    load: isLoaded,
  }: (typeof programs)[number]): Promise<Start> => {
    const stack = new AsyncDisposableStack();
    try {
      const begun = performance.now();
      const { pid, port } = await startServer(stack, program, how);
      const ready = performance.now() - begun;
      const readyMemory = memoryOf(pid);
      const answer = await ask(port, request);
      const firstToken = performance.now() - begun;
      if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`a wrong answer: ${answer.slice(0, 1000)}`);
      const cpu = cpuOf(pid);
      const tokenMemory = memoryOf(pid);
      const { requests } =
        isLoaded && Number(values.seconds) > 0 ? await load(port) : { requests: Number.NaN };
      const loadedMemory = Number.isNaN(requests) ? Number.NaN : memoryOf(pid);
      return { ready, firstToken, cpu, readyMemory, tokenMemory, loadedMemory, requests };
    } finally {
      await stack.disposeAsync();
    }
  };

  // Fills the caches of compiled code and of files.
  for (const program of programs) await once({ ...program, load: false });
  const starts = new Map(programs.map(({ name }) => [name, [] as Start[]]));
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const program of programs) starts.get(program.name)?.push(await once(program));
  say(table(starts));
  await split({ program: built || broker, how: configured, request: token, directory, load });
}

const columns: ReadonlyArray<readonly [string, keyof Start, number]> = [
  ['ready ms', 'ready', 0],
  ['token ms', 'firstToken', 0],
  ['CPU s', 'cpu', 2],
  ['MiB ready', 'readyMemory', 0],
  ['MiB token', 'tokenMemory', 0],
  ['MiB loaded', 'loadedMemory', 0],
  ['requests', 'requests', 0],
];

function table(starts: ReadonlyMap<string, readonly Start[]>): string {
  const lines = [...starts].map(([name, rounds]) =>
    [
      name.padEnd(14),
      ...columns.map(([head, of, digits]) =>
        median(rounds.map((one) => one[of]))
          .toFixed(digits)
          .padStart(head.length),
      ),
    ].join('  '),
  );
  const heads = [''.padEnd(14), ...columns.map(([head]) => head)].join('  ');
  return `\nmedians of ${values.rounds} rounds; loaded: after ${values.seconds} s of retrieval at ${values.connections} connections\n${heads}\n${lines.join('\n')}\n`;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const probeShape = z.object({
  rss: z.number(),
  heapTotal: z.number(),
  heapUsed: z.number(),
  external: z.number(),
  malloced: z.number(),
  modules: z.number(),
  kilobytes: z.number(),
  packages: z.record(z.string(), z.object({ modules: z.number(), kilobytes: z.number() })),
});

/** Starts the broker once more with the probe, which makes it slower, and prints what its memory is for. */
async function split({
  program,
  how,
  request,
  directory,
  load,
}: {
  readonly program: Program;
  readonly how: (port: number) => How;
  readonly request: string;
  readonly directory: string;
  readonly load: (port: number) => Promise<unknown>;
}): Promise<void> {
  const file = path.join(directory, 'probe.json');
  const flags = [...(program.flags ?? []), '--import', path.join(import.meta.dirname, 'start-probe.ts')];
  const probed = (port: number): How => ({ environment: { ...how(port).environment, BENCH_PROBE: file } });
  const { pid, port } = await startServer(opened, { ...program, flags }, probed);
  await ask(port, request);
  const atFirst = await probe(pid, file);
  say(`modules loaded: ${atFirst.modules}, ${atFirst.kilobytes.toFixed(0)} kB of code`);
  const largest = Object.entries(atFirst.packages).sort(
    ([, one], [, other]) => other.kilobytes - one.kilobytes,
  );
  for (const [name, { modules, kilobytes }] of largest.slice(0, 24))
    say(`  ${name.padEnd(32)} ${String(modules).padStart(4)} ${kilobytes.toFixed(0).padStart(5)} kB`);
  say(`with the probe, at the first token: ${parts(atFirst)}`);
  if (Number(values.seconds) === 0) return;
  await load(port);
  say(`with the probe, after the load: ${parts(await probe(pid, file))}`);
}

function parts({ rss, heapTotal, heapUsed, external }: z.infer<typeof probeShape>): string {
  const mib = (value: number) => `${value.toFixed(0)} MiB`;
  return `resident ${mib(rss)}: heap ${mib(heapTotal)} (used ${mib(heapUsed)}), external ${mib(external)}, program and malloc ${mib(rss - heapTotal - external)}`;
}

async function probe(pid: number, file: string): Promise<z.infer<typeof probeShape>> {
  process.kill(pid, 'SIGUSR2');
  for (let tries = 0; tries < 500; tries += 1) {
    await pause(20);
    if (existsSync(file)) {
      const read = probeShape.safeParse(
        await readFile(file, 'utf8')
          .then(JSON.parse)
          .catch(() => undefined),
      );
      if (read.success) {
        await rm(file);
        return read.data;
      }
    }
  }
  throw new Error('the probe does not answer');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await run();
} finally {
  await opened.disposeAsync();
}
