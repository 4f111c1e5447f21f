import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuOf, cpuOfPostgres, memoryOf } from './cpu.ts';
import { createJobs, type Job, type Side } from './issuance-jobs.ts';
import { seedIssuance } from './issuance-seed.ts';
import { type Measure, report } from './report.ts';
import { ask, sendRequests } from './request-load.ts';
import { asBroker, type Postgres, production, type Server, startPostgres, startServer } from './servers.ts';

// Compares our issuance with bare oidc-provider over a minimal adapter: same Node, PostgreSQL, people and
// apps. The rounds alternate, and each server is a process of its own.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    /** The prefixes of the titles to run. */
    only: { type: 'string', default: '' },
    /** The folder for CPU profiles of both servers. */
    profile: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const { host } = new URL(issuer);
const connections = Number(values.connections);
const opened = new AsyncDisposableStack();
try {
  const postgres = await startPostgres(opened);
  const key = randomBytes(32);
  const seed = await seedIssuance(postgres, { issuer, key, people: connections });
  const servers = await startBoth(postgres, key);
  const jobs = await createJobs({ host, seed, ask: (side, request) => ask(servers[side].port, request) });
  for (const job of jobs.filter(({ title }) => title.startsWith(values.only))) {
    await compare(job, servers, postgres);
  }
} finally {
  await opened.disposeAsync();
}

async function startBoth(postgres: Postgres, key: Buffer): Promise<Record<Side, Server>> {
  const { profile } = values;
  return {
    broker: await startServer(opened, { ...production, profile }, asBroker(postgres, { issuer, key })),
    floor: await startServer(opened, { file: 'bench/issuance-floor.ts', profile }, (port) => ({
      arguments: [postgres.databaseUrl, String(port), issuer],
    })),
  };
}

/** Warms both servers up, then measures them in alternating rounds. */
async function compare(job: Job, servers: Record<Side, Server>, { postmaster }: Postgres): Promise<void> {
  const measures = { floor: [] as Measure[], broker: [] as Measure[] };
  const sides = ['floor', 'broker'] as const;
  const loaded = async (side: Side, seconds: number) => {
    const how = { connections, milliseconds: seconds * 1000 };
    const load = await sendRequests(servers[side].port, job.requestSource(side), how);
    // Writes that follow the answers count as part of their cost.
    await pause(250);
    return load;
  };
  for (const side of sides) await loaded(side, 2);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const side of sides) {
      const { pid } = servers[side];
      const before = { server: cpuOf(pid), postgres: cpuOfPostgres(postmaster) };
      const load = await loaded(side, Number(values.seconds));
      const server = cpuOf(pid) - before.server;
      const used = cpuOfPostgres(postmaster) - before.postgres;
      measures[side].push({ ...load, server, postgres: used, memory: memoryOf(pid) });
    }
  }
  const kinds = [
    { name: 'floor', measures: measures.floor },
    { name: 'broker', measures: measures.broker },
  ] as const;
  const instead = job.instead === undefined ? '' : ` (the floor: ${job.instead})`;
  process.stdout.write(`\n${job.title}${instead}${report(connections, kinds)}`);
}
