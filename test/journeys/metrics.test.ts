import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serveMetrics } from '../../src/http/metrics-server.ts';
import { hours } from '../../src/kit/clock.ts';
import { eventWords } from '../../src/kit/events/event-words.ts';
import { version } from '../../src/kit/version.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;
let tokens: Tokens;
let at: string;
/** The file of the stream of the audit. */
let stream: string;

beforeAll(async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'symbolon-stream-'));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  stream = path.join(directory, 'audit.jsonl');
  world = await createWorld({ auditStream: { to: 'file', path: stream } });
  app = await createApp(world, { connections: ['google', 'github'] });
  world.broker.metrics.collectProcess();
  const listener = await serveMetrics(world.broker.metrics, 0, '127.0.0.1');
  atEnd(() => listener.close());
  at = `http://127.0.0.1:${listener.port}`;
  tokens = await app.signIn({ connection: 'google', user: 'lin' });
});

async function scrape(): Promise<string> {
  const answer = await fetch(`${at}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  return await answer.text();
}

/** Returns the value of one series; undefined if there is none. */
async function value(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const wanted = Object.entries(labels).map(([label, of]) => `${label}="${of}"`);
  const line = (await scrape())
    .split('\n')
    .find(
      (one) =>
        (one.startsWith(`${name} `) || one.startsWith(`${name}{`)) &&
        wanted.every((part) => one.includes(part)),
    );
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const ask = (path: string, token: string = tokens.access_token, method = 'GET') =>
  fetch(`${world.issuer}${path}`, { method, headers: { authorization: `Bearer ${token}` } });

describe('the metrics', () => {
  it('count retrievals by connection and outcome', async () => {
    const before =
      (await value('symbolon_retrievals_total', { connection: 'google', outcome: 'token' })) ?? 0;
    await ask('/v1/me/identities/google/token');
    await ask('/v1/me/identities/google/token');
    await ask('/v1/me/identities/nobody-has-heard-of-it/token');
    expect(await value('symbolon_retrievals_total', { connection: 'google', outcome: 'token' })).toBe(
      before + 2,
    );
    expect(await value('symbolon_retrievals_total', { connection: 'none' })).toBe(1);
  });

  it('count refreshes, and the grants that ended', async () => {
    world.clock.advance(hours(2));
    tokens = await app.signIn({ connection: 'google', user: 'lin' });
    await ask('/v1/me/identities/google/token?force=true');
    const done = { connection: 'google', outcome: 'saved' };
    expect(await value('symbolon_refresh_duration_seconds_count', done)).toBe(1);
    await world.control('POST', 'google/users/lin/revoke');
    world.clock.advance(hours(1) - 60_000);
    const answer = await ask('/v1/me/identities/google/token?force=true');
    expect(answer.status).toBe(409);
    expect(await value('symbolon_grants_lost_total', { connection: 'google' })).toBe(1);
    expect(await value('symbolon_events_total', { type: 'token.reauthorization_required' })).toBe(1);
  });

  it('show the vault, queues, circuits and database connections', async () => {
    world.clock.advance(60_000);
    const state = 'reauthorization_required';
    expect(await value('symbolon_vault_entries', { connection: 'google', state })).toBe(1);
    expect(await value('symbolon_circuit_open', { connection: 'google' })).toBe(0);
    expect(await value('symbolon_refreshes_unfinished')).toBe(0);
    expect(await value('symbolon_departures_pending')).toBe(0);
    expect(await value('symbolon_webhook_deliveries_pending_oldest_seconds')).toBe(0);
    expect(await value('symbolon_database_connections', { state: 'waiting' })).toBe(0);
    expect(await value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(await value('symbolon_build_info', { version })).toBe(1);
  });

  it('show how far behind the sweep is with tokens that apps use', async () => {
    world.clock.advance(60_000);
    await world.database.pool.query(
      `UPDATE vault_entry SET state = 'active', state_reason = NULL, failures = 0, refreshable = true,
         access_expires_at = now() - interval '90 seconds', last_used_at = now() - interval '100 seconds'`,
    );
    const lag = await value('symbolon_sweep_lag_seconds', { connection: 'google' });
    expect(lag).toBeGreaterThan(89);
    expect(lag).toBeLessThan(180);
  });

  it('show the pace of the sweep at each provider that it has asked', async () => {
    const google = { connection: 'google' };
    expect(await value('symbolon_sweep_places', google)).toBeUndefined();
    expect(await world.broker.sweep.ahead()).toBe(1);
    expect(await value('symbolon_sweep_places', google)).toBeGreaterThanOrEqual(1);
    expect(await value('symbolon_sweep_running', google)).toBe(0);
    expect(await value('symbolon_sweep_limit_per_second', google)).toBeUndefined();
  });

  it('time requests by the route’s template, also failed ones', async () => {
    const count = (route: string, status: string) =>
      value('symbolon_http_request_duration_seconds_count', { route, status });
    const route = '/v1/me/identities/:ref/token';
    const refused = (await count(route, '401')) ?? 0;
    await ask('/v1/me/identities/google/token', 'no token');
    expect(await count(route, '401')).toBe(refused + 1);
    expect(await count(route, '200')).toBeGreaterThan(0);
    expect(await count('/oauth/token', '200')).toBeGreaterThan(0);
  });
});

describe('the stream of the audit', () => {
  it('has each event as the admin API has it', async () => {
    const type = 'login.succeeded';
    await app.signIn({ connection: 'google', user: 'lin' });
    const answer = await ask(`/admin/v1/events?type=${type}&limit=1`, world.adminToken);
    const { items } = (await answer.json()) as { items: readonly { id: string }[] };
    const [event] = items;
    expect(event).toMatchObject({ type });
    const streamed = () => {
      const lines = readFileSync(stream, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line)).find(({ id }) => id === event?.id);
    };
    await expect.poll(streamed, { timeout: 10_000 }).toEqual(event);
    expect(await value('symbolon_audit_stream_failures')).toBe(0);
    const settings = await ask('/admin/v1/settings', world.adminToken);
    expect(await settings.json()).toMatchObject({ audit_stream: `file://${stream}`, audit_keep_days: null });
    const secrets = [...world.minted(), tokens.access_token, app.clientSecret, world.adminToken];
    expectNoSecrets(secrets, { stream: readFileSync(stream, 'utf8') });
    expect(await value('symbolon_audit_stream_lag_seconds')).toBeLessThan(60);
  });
});

describe('the dashboard and the alert rules', () => {
  it('use metrics and labels that the broker serves', async () => {
    const { metrics } = world.broker;
    // These metrics have a label, and no series before their first event.
    metrics.rowRefused({ table: 'user' });
    metrics.limited({ limit: 'address' });
    metrics.signalRefused({ connection: 'google' });
    metrics.agentCall({ tool: 'call', outcome: 'done' });
    const served = labelsByMetric(await scrape());
    // Their source is in a production process alone, which has counts of keys and may have a KMS.
    for (const [name, ...labels] of [['symbolon_key_wraps', 'key'], ['symbolon_kms_answers']] as const)
      served.set(name, new Set(labels));
    // Prometheus adds it to each series.
    for (const labels of served.values()) labels.add('instance');
    const used = readExpressions().flatMap((text) => usesIn(text).map((use) => ({ ...use, text })));
    expect(used.length).toBeGreaterThan(80);
    for (const { name, labels, text } of used) {
      expect([...served.keys()], text).toContain(name);
      expect([...(served.get(name) ?? [])], text).toEqual(expect.arrayContaining([...labels]));
    }
  });

  it('name types of events that exist', () => {
    const types = readExpressions().flatMap((text) =>
      [...text.matchAll(/type=~?"([^"]*)"/g)].flatMap(([, given = '']) => given.split('|')),
    );
    expect(eventWords.map(({ type }) => type)).toEqual(expect.arrayContaining(types));
    expect(types).toContain('connection.misconfigured');
  });

  it('a metric or label that is not served is found', () => {
    const text = 'sum by (place, le) (rate(symbolon_gone_total{user=~"a|b", status="5"}[5m])) / up';
    expect(usesIn(text)).toEqual([
      { name: 'symbolon_gone_total', labels: ['user', 'status', 'place', 'le'] },
      { name: 'up', labels: ['place', 'le'] },
    ]);
  });
});

/** Returns all expressions of the dashboard and the rules. */
function readExpressions(): readonly string[] {
  const dashboard = JSON.parse(readFileSync('deploy/grafana/symbolon.json', 'utf8'));
  const rules = parse(readFileSync('deploy/prometheus/alerts.yaml', 'utf8'));
  const targets = dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) => targets);
  const alerts = rules.groups.flatMap(({ rules }: { rules: { expr: string }[] }) => rules);
  return [...targets, ...alerts].map(({ expr }) => expr);
}

const words = new Set(
  'absent and by count histogram_quantile increase label_values max min min_over_time offset or rate sum unless'.split(
    ' ',
  ),
);

/** Returns the metrics in an expression, each with the labels of its selector and those by which the expression groups. */
function usesIn(expression: string): readonly { name: string; labels: readonly string[] }[] {
  const groups = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
  const bare = expression.replaceAll(/by \([^)]*\)|\[[^\]]*\]/g, '');
  return [...bare.matchAll(/(?<![\w"$./-])([a-z_]\w*)(?:\{([^}]*)\})?(?![^{]*\})/g)].flatMap(
    ([, name = '', selector = '']) => {
      if (words.has(name)) return [];
      return [
        {
          name,
          labels: [...selector.matchAll(/(\w+)=?[=~!]/g)].map(([, label = '']) => label).concat(groups),
        },
      ];
    },
  );
}

/** Returns the names of an exposition, also those without a series, with the labels of their series. */
function labelsByMetric(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const labelsOf = (name: string) => {
    const labels = found.get(name) ?? new Set();
    found.set(name, labels);
    return labels;
  };
  for (const [, name = ''] of text.matchAll(/^# TYPE (\w+)/gm)) labelsOf(name);
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? /gm))
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) labelsOf(name).add(label);
  return found;
}

describe('the labels', () => {
  it('do not grow with untrusted input', async () => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        await ask(`/nowhere/${index}`);
        await ask(`/v1/me/identities/stranger-${index}/token`);
        await ask(`/v1/users/usr_${index}/identities/x/token`);
        await ask(`/v1/me/identities/idn_${index}/proxy/a/b/c/stranger-${index}/d/e/f`, 'no token');
        await ask(`/v1/me/identities/idn_${index}/proxy/me/identities/stranger-${index}`, 'no token');
        await ask(`/connections/c${index}/callback?state=${index}`);
        await ask(`/admin/v1/users/${index}`);
      }),
    );
    await ask('/v1/me', tokens.access_token, 'PROPFIND');
    const text = await scrape();
    const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route));
    expect([...routes].filter((route) => /\d/.test(route?.replaceAll('/v1', '') ?? ''))).toEqual([]);
    expect(routes.size).toBeLessThan(40);
    expect(text).toContain('method="other"');
    expect(text).not.toContain('PROPFIND');
    expect(text).not.toContain('stranger');
    expect([...routes]).toContain('/v1/me/identities/:ref/proxy/*path');
  });

  it('contain no person, app or secret', async () => {
    const text = await scrape();
    expectNoSecrets([...world.minted(), tokens.access_token, app.clientSecret, world.adminToken], {
      metrics: text,
    });
    for (const known of [app.clientId, String(tokens.claims()?.sub), 'lin"', 'idn_', 'usr_'])
      expect(text).not.toContain(`"${known}`);
  });
});

describe('the metrics endpoint', () => {
  it('is not on the public port', async () => {
    expect((await fetch(`${world.issuer}/metrics`)).status).toBe(404);
  });
  it('serves nothing else', async () => {
    for (const path of ['/', '/metrics/', '/metrics?x=1', '/v1/me'])
      expect((await fetch(at + path)).status).toBe(404);
    expect((await fetch(`${at}/metrics`, { method: 'POST' })).status).toBe(404);
  });
  it('answers without a database, with the values of the process', async () => {
    world.clock.advance(60_000);
    const { pool } = world.database;
    await pool.query('ALTER TABLE vault_entry RENAME TO vault_entry_elsewhere');
    try {
      expect(await value('symbolon_vault_entries')).toBeUndefined();
      expect(await value('symbolon_retrievals_total', { outcome: 'token' })).toBeGreaterThan(0);
    } finally {
      await pool.query('ALTER TABLE vault_entry_elsewhere RENAME TO vault_entry');
    }
    expect(world.logged()).toContain('a gauge cannot be read now');
  });
});
