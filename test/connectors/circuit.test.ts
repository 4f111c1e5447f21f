import { beforeEach, describe, expect, it } from 'vitest';
import { type Failure, UpstreamError } from '../../src/connectors/contract/failures.ts';
import { type Circuit, createCircuit } from '../../src/connectors/engine/circuit.ts';
import { seconds } from '../../src/kit/clock.ts';
import { type TestClock, testClock } from '../support/clock.ts';

let clock: TestClock;
let circuit: Circuit;
let calls: number;

beforeEach(() => {
  clock = testClock();
  circuit = createCircuit(clock);
  calls = 0;
});

async function fail(failure: Failure): Promise<string | undefined> {
  const call = async () => {
    calls += 1;
    throw new UpstreamError('refresh', failure);
  };
  return await circuit.run('refresh', call).catch((error: UpstreamError) => error.code);
}

async function failOften(times: number, failure: Failure = { kind: 'unavailable' }): Promise<void> {
  for (let i = 0; i < times; i += 1) await fail(failure);
}

describe('a circuit', () => {
  it('opens after ten failures in a row, and then sends no request', async () => {
    await failOften(10);
    expect(circuit.state()).toBe('open');
    expect(await fail({ kind: 'unavailable' })).toBe('circuit_open');
    expect(calls).toBe(10);
  });

  it('stays closed while some requests are answered, even by a refusal', async () => {
    for (const kind of ['misconfigured', 'unknown', 'code-spent'] as const) {
      await failOften(9);
      await fail({ kind });
    }
    expect(circuit.state()).toBe('closed');
  });

  it('lets one probe through after its pause, and closes if that is answered', async () => {
    await failOften(10);
    clock.advance(seconds(3));
    expect(circuit.state()).toBe('half-open');
    let answer: (value: string) => void = () => undefined;
    const probe = circuit.run('refresh', () => new Promise<string>((resolve) => (answer = resolve)));
    expect(await fail({ kind: 'unavailable' })).toBe('circuit_open');
    answer('back');
    expect(await probe).toBe('back');
    expect(circuit.state()).toBe('closed');
  });

  it('opens for longer if the probe fails', async () => {
    await failOften(10);
    clock.advance(seconds(3));
    await fail({ kind: 'unavailable' });
    clock.advance(seconds(3));
    expect(circuit.state()).toBe('open');
    clock.advance(seconds(2));
    expect(circuit.state()).toBe('half-open');
  });

  it('obeys Retry-After from the third refusal on, with a cap', async () => {
    await failOften(2, { kind: 'rate-limited', retryAfter: 86_400 });
    expect(circuit.state()).toBe('closed');
    await fail({ kind: 'rate-limited', retryAfter: 86_400 });
    clock.advance(seconds(299));
    expect(circuit.state()).toBe('open');
    clock.advance(seconds(2));
    expect(circuit.state()).toBe('half-open');
  });
});
