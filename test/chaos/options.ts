import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface Options {
  /** The seed of all random choices; the same seed repeats them. */
  readonly seed: string;
  readonly people: number;
  /** The number of forced refreshes after which the run ends. */
  readonly refreshes: number;
  /** The factor by which the pauses between two faults are longer than usual. */
  readonly calm: number;
  /** The least and the most seconds of the phase with faults. */
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
