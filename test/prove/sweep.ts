import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '../../src/kit/ids.ts';
import { createEntryReads } from '../../src/vault/entry-store.ts';
import type { Owner } from '../../src/vault/owner-store.ts';
import { openStoredSet, sealStoredSet } from '../../src/vault/stored-set.ts';
import { registerApp } from '../chaos/app.ts';
import { type Stage, setStage } from '../chaos/stage.ts';

// npm run prove:sweep. Ten thousand identities whose tokens expire in the same minute, three brokers, one
// provider: the sweep must finish before they expire, and must hardly slow down retrievals of fresh tokens.

const count = Number(process.argv[2] ?? 10_000);
const endsIn = 8 * 60;
const opened = new AsyncDisposableStack();
try {
  process.exitCode = (await prove(await setStage('sweep', opened))) ? 0 : 1;
} finally {
  await opened.disposeAsync();
}

async function prove(stage: Stage): Promise<boolean> {
  const { pool, control, fleet } = stage;
  const app = await registerApp(stage);
  // All rows share one grant, so the provider must be one that does not rotate.
  await control('POST', '/mode', { rotation: 'static' });
  await pause(2_500);
  const [template, bystander] = [await app.signIn('lin'), await app.signIn('ada')];
  const path = '/v1/me/identities/strict/token?min_ttl=5';
  const urls = fleet.ready().map(({ url }) => url);
  const ask = async (url: string) => {
    const begun = performance.now();
    const response = await fetch(url + path, {
      headers: { authorization: `Bearer ${bystander.accessToken}` },
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`a fresh token was refused: ${response.status}`);
    return performance.now() - begun;
  };
  // The control person's token stays fresh, so the sweep does not touch it.
  await pool.query(
    `UPDATE vault_entry SET access_expires_at = now() + interval '1 day', deposited_at = now()`,
  );
  const [identity] = (await identitiesOf(stage, template.accessToken)) ?? [];
  if (!identity) throw new Error('no person signed in');

  process.stdout.write(`making ${count} identities …\n`);
  await multiply(stage, identity.id);
  process.stdout.write('measuring retrievals without a sweep …\n');
  await steadily(urls, ask, async () => pause(5_000));
  const before = await steadily(urls, ask, async () => pause(20_000));
  await pool.query(
    `UPDATE vault_entry SET access_expires_at = now() + make_interval(secs => $1), last_used_at = now(),
       deposited_at = now() - interval '10 hours' WHERE identity_id LIKE 'idn_%' AND last_error = 'multiplied'`,
    [endsIn],
  );
  const begun = performance.now();
  const left = async () => {
    const text = `SELECT count(*)::int AS left FROM vault_entry WHERE last_error = 'multiplied'`;
    return (await pool.query<{ left: number }>(text)).rows[0]?.left ?? 0;
  };
  while ((await left()) === count && performance.now() - begun < 90_000) await pause(250);
  process.stdout.write('the sweep has begun …\n');
  const sweptFrom = performance.now();
  const during = await steadily(urls, ask, async () => {
    while ((await left()) > 0 && performance.now() - begun < endsIn * 1000) await pause(500);
  });
  const seconds = (performance.now() - sweptFrom) / 1000;
  const remaining = await left();
  const margin = endsIn - (performance.now() - begun) / 1000;

  const ratio = p99(during) / p99(before);
  const figures: [string, string][] = [
    ['identities that end in the same minute', String(count)],
    ['refreshed ahead of their end', String(count - remaining)],
    ['seconds the sweep took', seconds.toFixed(1)],
    ['refreshes a second', (count / seconds).toFixed(0)],
    ['seconds left before the end', margin.toFixed(0)],
    ['retrievals before, p99 ms', p99(before).toFixed(1)],
    ['retrievals during, p99 ms', p99(during).toFixed(1)],
    ['ratio', ratio.toFixed(2)],
  ];
  for (const [what, figure] of figures) process.stdout.write(`${what.padEnd(44)}${figure.padStart(10)}\n`);
  return remaining === 0 && margin > 0 && ratio <= 2;
}

/** Sends each broker 50 requests a second during the work. Returns the latencies. */
async function steadily(
  urls: readonly string[],
  ask: (url: string) => Promise<number>,
  work: () => Promise<unknown>,
) {
  const latencies: number[] = [];
  let working = true;
  const asking = urls.map(async (url) => {
    while (working) {
      latencies.push(await ask(url));
      await pause(20);
    }
  });
  await work();
  working = false;
  await Promise.all(asking);
  return latencies;
}

function p99(latencies: readonly number[]): number {
  const sorted = [...latencies].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

async function identitiesOf(
  { issuer }: Stage,
  token: string,
): Promise<readonly { id: string }[] | undefined> {
  const response = await fetch(`${issuer}/v1/me/identities`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { identities?: readonly { id: string }[] }).identities;
}

/** Returns the owner of a copy, whose subject is its id. */
function ofCopy([userId, connectionId, issuer]: Owner, identityId: string): Owner {
  return [userId, connectionId, issuer, identityId];
}

/**
 * Inserts rows like the template's, each sealed with its own context; `last_error` marks those without a
 * refresh.
 */
async function multiply({ pool, keyring }: Stage, templateId: string): Promise<void> {
  const store = createEntryReads(pool);
  const entry = await store.find(templateId);
  if (!entry) throw new Error('the template has no entry');
  const holding = openStoredSet(keyring, entry);
  const traits = { how: 'refresh_token' } as const;
  for (let at = 0; at < count; at += 500) {
    const ids = Array.from({ length: Math.min(500, count - at) }, () => newId('idn'));
    const sealed = ids.map((identityId) =>
      sealStoredSet(keyring, holding, {
        identityId,
        owner: ofCopy(entry.owner, identityId),
        version: 1,
        traits,
      }),
    );
    await pool.query(
      `INSERT INTO identity (id, user_id, connection_id, issuer, subject)
       SELECT made.id, i.user_id, i.connection_id, i.issuer, made.id FROM identity i, unnest($2::text[]) AS made (id) WHERE i.id = $1`,
      [templateId, ids],
    );
    await pool.query(
      `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable, access_expires_at, last_error)
       SELECT made.id, t.connection_id, made.text, made.key, t.key_id, t.granted_scopes, true, now() + interval '1 day', 'multiplied'
       FROM vault_entry t, unnest($2::text[], $3::bytea[], $4::bytea[]) AS made (id, text, key) WHERE t.identity_id = $1`,
      [
        templateId,
        ids,
        sealed.map(({ ciphertext }) => ciphertext),
        sealed.map(({ wrappedKey }) => wrappedKey),
      ],
    );
  }
}
