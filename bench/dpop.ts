import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuOf, cpuOfPostgres, memoryOf } from './cpu.ts';
import { drive } from './load.ts';
import { proofOf } from './prover.ts';
import { type Measure, report } from './report.ts';
import { seed } from './seed.ts';
import { asBroker, production, startPostgres, startServer } from './servers.ts';

// Compares retrieval by a token that is bound to a key, with a DPoP proof of ES256 in each request, with retrieval by a
// bearer token: the same broker, people and run, in alternating rounds. Each person has a key.

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32,1' },
    /** The folder for a CPU profile of the broker. */
    profile: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const opened = new AsyncDisposableStack();
try {
  const postgres = await startPostgres(opened);
  const { directory, databaseUrl, postmaster } = postgres;
  const key = randomBytes(32);
  const users = Number(values.users);
  process.stdout.write(`seeding ${users} users …\n`);
  const seeding = { issuer, databaseUrl, key: { id: 'bench', key }, users, directory };
  const { people, alias } = await seed({ ...seeding, bound: true });
  const server = { ...production, profile: values.profile };
  const { pid, port } = await startServer(opened, server, asBroker(postgres, { issuer, key }));
  const ask = { host: 'broker.example', path: `/v1/me/identities/${alias}/token`, people };

  const url = `https://${ask.host}${ask.path}`;
  /** The proofs of a round, in the order in which the load asks for the people. */
  const proofs = (count: number) =>
    Array.from({ length: count }, (_, turn) => {
      const { token, key: prover } = people[turn % people.length]?.bound ?? {};
      if (!prover || token === undefined) throw new Error('no person to ask for');
      return proofOf(prover, { url, token });
    });
  const loaded = async (connections: number, milliseconds: number, made?: readonly string[]) => {
    const load = await drive({ ...ask, port, connections, milliseconds, ...(made && { proofs: made }) });
    // Writes that follow the answers count as part of their cost.
    await pause(250);
    return load;
  };
  for (const connections of values.connections.split(',').map(Number)) {
    const measures = { bearer: [] as Measure[], dpop: [] as Measure[] };
    const { requests: atFirst } = await loaded(connections, 2_000);
    await loaded(connections, 2_000, proofs(atFirst));
    let latest = (atFirst * Number(values.seconds)) / 2;
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const name of ['bearer', 'dpop'] as const) {
        const made = name === 'dpop' ? proofs(Math.ceil(latest * 1.2)) : undefined;
        const before = { server: cpuOf(pid), postgres: cpuOfPostgres(postmaster) };
        const load = await loaded(connections, Number(values.seconds) * 1000, made);
        latest = load.requests;
        const cpu = {
          server: cpuOf(pid) - before.server,
          postgres: cpuOfPostgres(postmaster) - before.postgres,
        };
        measures[name].push({ ...load, ...cpu, memory: memoryOf(pid) });
      }
    }
    const kinds = [
      { name: 'bearer', measures: measures.bearer },
      { name: 'DPoP', measures: measures.dpop },
    ] as const;
    process.stdout.write(report(connections, kinds));
  }
} finally {
  await opened.disposeAsync();
}
