import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { byMemory, createConnectionLimit } from '../../src/assembly/connection-limit.ts';
import { seconds } from '../../src/kit/clock.ts';
import { createLog } from '../../src/kit/log.ts';
import { createMetrics } from '../../src/kit/metrics.ts';
import { listen } from '../../src/kit/server.ts';
import { atEnd } from '../support/at-end.ts';
import { testClock } from '../support/clock.ts';

it('connections above the limit are closed at once, counted, and logged once a minute', async () => {
  const lines: string[] = [];
  const log = createLog('warn', { write: (line) => void lines.push(line) });
  const metrics = createMetrics(log);
  const clock = testClock();
  const limit = createConnectionLimit({ mostConnections: 2, metrics, clock, log });
  const listener = await listen((_request, response) => response.end('ok'), 0, '127.0.0.1', limit);
  atEnd(() => listener.close({ patience: 0 }));
  const held = [connect(listener.port, '127.0.0.1'), connect(listener.port, '127.0.0.1')];
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));

  const refused = () =>
    fetch(listener.url).then(
      () => false,
      () => true,
    );
  expect([await refused(), await refused()]).toEqual([true, true]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('MOST_CONNECTIONS');
  clock.advance(seconds(61));
  expect(await refused()).toBe(true);
  expect(lines).toHaveLength(2);
  expect(await metrics.text()).toContain('symbolon_connections_refused_total 3');

  for (const socket of held) socket.destroy();
  await vi.waitFor(async () => expect(await (await fetch(listener.url)).text()).toBe('ok'), {
    timeout: 10_000,
  });
  await nextTurn();
});

it('the limit is by memory where no setting says it', () => {
  const gibibyte = 1024 ** 3;
  expect([gibibyte / 4, gibibyte, 24 * gibibyte].map(byMemory)).toEqual([1_000, 2_048, 20_000]);
  const deps = {
    metrics: { connectionRefused: () => undefined },
    clock: testClock(),
    log: createLog('silent'),
  };
  expect(createConnectionLimit(deps)?.most).toBeGreaterThanOrEqual(1_000);
  expect(createConnectionLimit({ ...deps, mostConnections: 0 })).toBeUndefined();
});

it('a port that closes first takes the connections that have come, and says on each answer that it is the last', async () => {
  // As the door before Express writes its head.
  const listener = await listen(
    (_request, response) => response.writeHead(200, ['X-Own', '1']).end('ok'),
    0,
    '127.0.0.1',
  );
  const agent = new Agent({ keepAlive: true });
  atEnd(() => agent.destroy());
  const ask = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const sent = get({ port: listener.port, host: '127.0.0.1', agent }, (answer) => {
        answer.resume().once('end', () => resolve(answer.headers.connection));
      });
      sent.once('error', reject);
    });
  expect(await ask()).toBe('keep-alive');
  // The system has taken them when `connect` returns; this process has not.
  const asked = Array.from({ length: 40 }, ask);
  const closed = listener.close({ linger: 1_000 });
  expect(await Promise.all(asked)).toHaveLength(40);
  await vi.waitFor(async () => expect(await ask()).toBe('close'));
  // Its other connections go on until each has had its last answer.
  const rest = await Promise.allSettled(Array.from({ length: 80 }, ask));
  const outcomes = rest.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code));
  expect(new Set(outcomes)).toEqual(new Set(['close', 'ECONNREFUSED']));
  await closed;
});
