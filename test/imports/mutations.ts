import fc from 'fast-check';
import type { Samples } from './samples/samples.ts';

// Mutations of realistic records: types swapped, fields dropped, odd texts, dates, numbers and nesting.

type Container = Record<string | number, unknown>;
type Change = (holder: Container, key: string, value: unknown) => void;

const changes: readonly Change[] = [
  (holder, key, value) => {
    holder[key] = value;
  },
  (holder, key) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  },
  (holder, key) => {
    holder[key] = [holder[key], holder[key]];
  },
  (holder, key) => {
    holder[key] = { ...(holder[key] as object) };
  },
  (holder, key) => {
    holder[key] = JSON.stringify(holder[key] ?? null);
  },
  (holder, key, value) => {
    holder[key] = `${String(holder[key])}${typeof value === 'string' ? value : ''}`;
  },
  (holder, _, value) => {
    if (Array.isArray(holder)) holder.push(structuredClone(holder[0]), value);
    else
      Object.defineProperty(holder, '__proto__', {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  },
  (holder, key) => {
    holder[key] = nested(holder[key], 60);
  },
];

function nested(value: unknown, depth: number): unknown {
  return depth === 0 ? value : nested([value], depth - 1);
}

const texts = [
  ...['', ' ', '\0', 'a\0b', '\ud800', 'x\udfff', '😀'.repeat(1100), 'x'.repeat(300), '\ufeff', '\u2028'],
  ...['constructor', '__proto__', 'toString', 'null', 'true', 'f', '0', '-1', '1e309', '{', '[]', 'a=b&c=d'],
  ...['infinity', '-infinity', '0000-00-00', '0000-01-01T00:00:00Z', '+055840-11-08T22:13:20Z'],
  ...['-000043-03-15T12:00:00Z', '0044-03-15 12:00:00+00 BC', '9999-12-31T23:59:59.999Z'],
  ...['0001-01-01T00:00:00+14:00', '2024-03-01 10:00:00+00', '1709287200', '1709287200123456789'],
  ...[
    'github',
    'google',
    'facebook',
    'wechat',
    'twitter',
    'https://a.example/\ud83d',
    '12345678901234567890',
  ],
];
const numbers = [
  ...[0, -1, 0.5, 7, 2 ** 31, 2 ** 53, 1e21, 1e308, -1e308],
  ...[1.7e9, 1.7e12, 1.7e15, 1.7e18, -1.7e18, 253_402_300_800, -62_135_596_801, 8.64e15],
];
const others = [null, true, false, [], {}, [[]], [null], [{}], { a: { b: [1] } }, { name: '\0' }];

const oddValue = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(...numbers),
  fc.constantFrom(...others),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** Lines that are no records at all. */
const oddLines = [
  ...['null', '7', '"text"', '[]', '[null]', '{}', 'not JSON', '{"id": "cut', '1e999', '\ufeff{}'],
  '{"__proto__": {"id": "1"}}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
];

/**
 * Returns lines of mutated records, the same for each seed. The records of each kind come after those of the kind before. Some
 * people come several times.
 */
export function mutatedLines(samples: Samples, count: number, seed: number): readonly string[] {
  const kinds = samples(0).length;
  const edit = fc.tuple(fc.nat(), fc.nat({ max: changes.length - 1 }), oddValue);
  const people = Math.ceil(count / kinds);
  const record = fc.tuple(
    fc.array(edit, { minLength: 0, maxLength: 3 }),
    fc.nat({ max: 99 }),
    fc.nat({ max: people }),
  );
  const drawn = fc.sample(record, { numRuns: count, seed });
  return drawn.map(([edits, percent, n], index) => {
    const odd = percent === 0 ? oddLines[index % oddLines.length] : undefined;
    const sample = samples(n)[Math.floor(index / people)];
    return odd ?? JSON.stringify(mutated(sample ?? {}, edits));
  });
}

function mutated(sample: object, edits: readonly (readonly [number, number, unknown])[]): unknown {
  const root: Container = { record: structuredClone(sample) };
  for (const [place, change, value] of edits) {
    const places = placesIn(root);
    const [holder, key] = places[place % places.length] ?? [root, 'record'];
    changes[change]?.(holder, key, structuredClone(value));
  }
  return root.record;
}

/** Returns each value of a record by its holder and key. */
function placesIn(holder: Container): readonly (readonly [Container, string])[] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key] as const,
    ...(value !== null && typeof value === 'object' ? placesIn(value as Container) : []),
  ]);
}
