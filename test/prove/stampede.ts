import { setTimeout as pause } from 'node:timers/promises';
import { registerApp } from '../chaos/app.ts';
import { type Stage, setStage } from '../chaos/stage.ts';

// npm run prove:stampede. Sends 1,000 simultaneous retrievals of one expired token to three broker processes
// on one PostgreSQL. The provider answers after 9.5 s, just below the 10 s timeout. Meanwhile another
// person's fresh token is retrieved again and again at every broker.

const crowd = Number(process.argv[2] ?? 1000);
const delay = Number(process.argv[3] ?? 9_500);
const opened = new AsyncDisposableStack();
try {
  process.exitCode = (await prove(await setStage('stampede', opened))) ? 0 : 1;
} finally {
  await opened.disposeAsync();
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

async function prove(stage: Stage): Promise<boolean> {
  const { pool, control, fleet } = stage;
  // At the end PostgreSQL may stop before its last connection is closed. A query that fails still throws.
  pool.on('error', () => undefined);
  const app = await registerApp(stage);
  // The other brokers know a new connection within two seconds.
  await pause(2_500);
  const [hurried, bystander] = [await app.signIn('lin'), await app.signIn('ada')];
  const lin = await identityOf(stage, hurried.accessToken);
  await pool.query(
    "UPDATE vault_entry SET access_expires_at = now() - interval '1 s' WHERE identity_id = $1",
    [lin],
  );
  await control('POST', '/faults', { on: 'refresh', fault: 'none', times: 1000, delay_ms: delay });
  const refreshesBefore = await refreshes(stage);
  const brokers = fleet.ready().map(({ url }) => url);
  // One request at each broker before the measurement, because first reads are slower.
  await Promise.all(brokers.map((url) => ask(url, bystander.accessToken)));

  let crowding = true;
  const beside: Answer[] = [];
  const connections: number[] = [];
  const watching = brokers.map(async (url) => {
    while (crowding) {
      beside.push(await ask(url, bystander.accessToken));
      connections.push(await mostConnections(stage));
      await pause(50);
    }
  });
  const answers = await Promise.all(
    Array.from({ length: crowd }, (_, index) =>
      ask(brokers[index % brokers.length] ?? '', hurried.accessToken),
    ),
  );
  crowding = false;
  await Promise.all(watching);

  const asked = (await refreshes(stage)) - refreshesBefore;
  const kinds = new Set(answers.map(({ status, body }) => `${status} ${alike(body)}`));
  const slowest = Math.max(...beside.map(({ milliseconds }) => milliseconds));
  const figures: [string, string | number][] = [
    ['retrievals at once, over three brokers', answers.length],
    ['answered 200', answers.filter(({ status }) => status === 200).length],
    ['different answers', kinds.size],
    ['refreshes the provider saw', asked],
    ['provider took, ms', delay],
    ['slowest of them, ms', Math.round(Math.max(...answers.map(({ milliseconds }) => milliseconds)))],
    ['fresh tokens of another person meanwhile', beside.length],
    ['  answered 200', beside.filter(({ status }) => status === 200).length],
    ['  slowest, ms', Math.round(slowest)],
    ['most busy connections seen at a broker, of 12', Math.max(...connections)],
  ];
  for (const [what, figure] of figures)
    process.stdout.write(`${what.padEnd(48)}${String(figure).padStart(8)}\n`);
  const served = [...answers, ...beside].every(({ status }) => status === 200);
  return served && kinds.size === 1 && asked === 1 && slowest < delay / 2;
}

async function ask(url: string, token: string): Promise<Answer> {
  const begun = performance.now();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/v1/me/identities/strict/token?min_ttl=5`, { headers });
  return { status: response.status, body: await response.text(), milliseconds: performance.now() - begun };
}

/**
 * The part of the answer that is the same for every caller; the remaining seconds depend on the time of the
 * answer.
 */
function alike(body: string): string {
  const { expires_in: _left, request_id: _own, ...rest } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify(rest);
}

async function identityOf({ issuer }: Stage, token: string): Promise<string> {
  const response = await fetch(`${issuer}/v1/me/identities`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { identities } = (await response.json()) as { identities: readonly { id: string }[] };
  return identities[0]?.id ?? '';
}

async function refreshes({ control }: Stage): Promise<number> {
  return (await control<{ counters: { refresh: number } }>('GET', '')).counters.refresh;
}

async function mostConnections({ pool }: Stage): Promise<number> {
  const { rows } = await pool.query<{ most: number }>(
    `SELECT max(used)::int AS most FROM (SELECT count(*) AS used FROM pg_stat_activity
     WHERE application_name LIKE 'chaos-%' AND (state <> 'idle') GROUP BY application_name) one`,
  );
  return rows[0]?.most ?? 0;
}
