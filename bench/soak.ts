import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuOf, memoryOf } from './cpu.ts';
import { requestOfOwnToken } from './issuance-jobs.ts';
import { seedIssuance } from './issuance-seed.ts';
import { ask } from './request-load.ts';
import { seed } from './seed.ts';
import { asBroker, production, startPostgres, startServer } from './servers.ts';

// Sends the broker a steady mixed load and prints its resident memory by the minute: of twenty requests, 14 are retrievals of
// many people in turn, three are tokens of an app's own, and three are pages and metadata. Each has a connection of its own.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    /** Requests a second. */
    rate: { type: 'string', default: '60' },
    users: { type: 'string', default: '5000' },
    /** The folder of built code, in place of the checkout: `dist/broker` after `npm run build`. */
    built: { type: 'string', default: '.' },
  },
});

const issuer = 'https://broker.example';
const host = 'broker.example';
const opened = new AsyncDisposableStack();

async function run(): Promise<void> {
  const postgres = await startPostgres(opened);
  const key = randomBytes(32);
  const { databaseUrl, directory } = postgres;
  const seeding = { issuer, databaseUrl, key: { id: 'bench', key }, directory };
  const { people, alias } = await seed({ ...seeding, users: Number(values.users) });
  const app = await seedIssuance(postgres, { issuer, key, people: 0 });
  const program = { ...production, file: path.join(values.built, production.file) };
  const { pid, port } = await startServer(opened, program, asBroker(postgres, { issuer, key }));

  const get = (at: string, headers = '') => `GET ${at} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`;
  const ownToken = requestOfOwnToken({ host, seed: app });
  const pages = ['/account', '/.well-known/openid-configuration', '/.well-known/jwks.json'].map((at) =>
    get(at),
  );
  const requestOf = (turn: number) => {
    const place = turn % 20;
    if (place < 3) return ownToken;
    if (place < 6) return pages[place - 3] ?? ownToken;
    const person = people[turn % people.length];
    return get(`/v1/me/identities/${alias}/token`, `Authorization: Bearer ${person?.bearer}\r\n`);
  };

  const begun = performance.now();
  let [sent, failed, minute] = [0, 0, 0];
  const say = () => {
    const figures = [memoryOf(pid).toFixed(0), cpuOf(pid).toFixed(1), String(sent), String(failed)];
    process.stdout.write(
      `${String(minute).padStart(6)} ${figures.map((one) => one.padStart(9)).join(' ')}\n`,
    );
  };
  process.stdout.write('minute       MiB     CPU s      sent    failed\n');
  say();
  while (minute < Number(values.minutes)) {
    const passed = (performance.now() - begun) / 1000;
    for (; sent < passed * Number(values.rate); sent += 1) {
      ask(port, requestOf(sent)).then(
        (answer) => {
          if (!/^HTTP\/1\.1 [23]/.test(answer)) failed += 1;
        },
        () => {
          failed += 1;
        },
      );
    }
    if (passed >= (minute + 1) * 60) {
      minute += 1;
      say();
    }
    await pause(20);
  }
}

try {
  await run();
} finally {
  await opened.disposeAsync();
}
process.exit();
