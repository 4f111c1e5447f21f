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
