import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { auditLoss } from './audit-loss.ts';
import { cpuOf, cpuOfPostgres, memoryOf } from './cpu.ts';
import { fillFloorTable } from './floor-table.ts';
import { drive } from './load.ts';
import { type Measure, report } from './report.ts';
import { seed } from './seed.ts';
import { asBroker, production, startPostgres, startServer } from './servers.ts';

// Compares retrieval with its floor: same Node, PostgreSQL and tokens, in alternating rounds. The broker is a
// process of its own, configured as in production (NODE_ENV=production, log level info, written to
// /dev/null).

const { values } = parseArgs({
  options: {
    /** The few people whose tokens are asked for again and again. */
    users: { type: 'string', default: '1000' },
    /** The many people whose tokens are asked for in turn, in a second part; 0: there is none. */
    distinct: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32,1' },
    /** The folder for CPU profiles of both servers. */
    profile: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const opened = new AsyncDisposableStack();
try {
  const stage = await setStage();
  const { ask } = stage;
  const groups = [Number(values.users), Number(values.distinct)].filter((count) => count > 0);
  for (const count of groups) {
    const people = ask.people.slice(0, count);
    process.stdout.write(`\n${people.length} people in turn\n`);
    for (const connections of values.connections.split(',').map(Number))
      await compare(stage, { ...ask, people }, connections);
  }
  // Node writes the profile only when the process exits normally.
  if (!values.profile && !(await auditLoss(stage.broker, stage))) process.exitCode = 1;
} finally {
  await opened.disposeAsync();
}

async function setStage() {
  const postgres = await startPostgres(opened);
  const { directory, databaseUrl, postmaster } = postgres;
  const key = randomBytes(32);
  const users = Math.max(Number(values.users), Number(values.distinct));
  process.stdout.write(`seeding ${users} users …\n`);
  const { people, alias } = await seed({ issuer, databaseUrl, key: { id: 'bench', key }, users, directory });
  await fillFloorTable(databaseUrl, { issuer, people, alias }, key);

  const { profile } = values;
  const broker = await startServer(opened, { ...production, profile }, asBroker(postgres, { issuer, key }));
  const floor = await startServer(opened, { file: 'bench/floor.ts', profile }, (port) => ({
    arguments: [databaseUrl, String(port), issuer, key.toString('base64')],
  }));
  const ask = { host: 'broker.example', path: `/v1/me/identities/${alias}/token`, people };
  return { broker, floor, postmaster, databaseUrl, ask, answered: 0 };
}

type Stage = Awaited<ReturnType<typeof setStage>>;

/** Warms both servers up, then measures them in alternating rounds. */
async function compare(stage: Stage, ask: Stage['ask'], connections: number): Promise<void> {
  const { postmaster } = stage;
  // A round goes on where the one before ended, so that it asks for other people.
  const places = { floor: 0, broker: 0 };
  const measures = { floor: [] as Measure[], broker: [] as Measure[] };
  const names = ['floor', 'broker'] as const;
  const loaded = async (name: (typeof names)[number], milliseconds: number) => {
    const load = await drive({
      ...ask,
      from: places[name],
      port: stage[name].port,
      connections,
      milliseconds,
    });
    places[name] += load.requests;
    if (name === 'broker') stage.answered += load.requests;
    // Writes that follow the answers count as part of their cost.
    await pause(250);
    return load;
  };
  // Each person is asked for once before, so that the rounds show what goes on and not the first reads.
  for (const name of names) {
    await loaded(name, 2_000);
    while (places[name] < ask.people.length) await loaded(name, 2_000);
  }
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of names) {
      const { pid } = stage[name];
      const before = { server: cpuOf(pid), postgres: cpuOfPostgres(postmaster) };
      const load = await loaded(name, Number(values.seconds) * 1000);
      const server = cpuOf(pid) - before.server;
      const postgres = cpuOfPostgres(postmaster) - before.postgres;
      measures[name].push({ ...load, server, postgres, memory: memoryOf(pid) });
    }
  }
  process.stdout.write(
    report(connections, [
      { name: 'floor', measures: measures.floor },
      { name: 'broker', measures: measures.broker },
    ]),
  );
}
