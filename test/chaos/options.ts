import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface Options {
  /** Of every choice that chance makes; the same seed chooses the same again. */
  readonly seed: string;
  readonly people: number;
  /** Forced refreshes after which it is enough. */
  readonly refreshes: number;
  /** How many times longer than usual brokers and database are left in peace between two troubles. */
  readonly calm: number;
  /** Seconds for which things go wrong at least, and at most. */
  readonly least: number;
  readonly most: number;
}

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: randomBytes(4).toString('hex') },
      people: { type: 'string', default: '240' },
      refreshes: { type: 'string', default: '2000' },
      calm: { type: 'string', default: '2' },
      least: { type: 'string', default: '240' },
      most: { type: 'string', default: '1200' },
    },
  });
  const { seed, people, refreshes, calm, least, most } = values;
  return {
    seed,
    people: Number(people),
    refreshes: Number(refreshes),
    calm: Number(calm),
    least: Number(least),
    most: Number(most),
  };
}
