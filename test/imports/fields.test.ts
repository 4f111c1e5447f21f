import { describe, expect, it } from 'vitest';
import { lifetime, moment, text } from '../../src/imports/formats/fields.ts';

describe('a time', () => {
  const instant = new Date('2024-03-01T10:00:00.123Z');
  const seconds = new Date('2024-03-01T10:00:00.000Z');

  it.each([
    ['seconds', 1_709_287_200, seconds],
    ['milliseconds', 1_709_287_200_123, instant],
    ['microseconds', 1_709_287_200_123_456, instant],
    ['nanoseconds', 1.709287200123e18, instant],
    ['seconds as text', '1709287200', seconds],
    ['seconds with a fraction as text', '1709287200.123', instant],
    ['nanoseconds as text', '1709287200123456789', instant],
    ['seconds before 1970', -86_400, new Date('1969-12-31T00:00:00.000Z')],
    ['microseconds before 1970', -1_709_287_200_123_456, new Date('1915-11-02T13:59:59.877Z')],
    ['ISO 8601', '2024-03-01T11:00:00.123+01:00', instant],
    ['a text of a database without a zone', '2024-03-01 10:00:00.123456', instant],
    ['a text of a database with a zone', '2024-03-01 10:00:00.123+00', instant],
    ['the last year', '9999-12-31T23:59:59Z', new Date('9999-12-31T23:59:59Z')],
    ['the first year', '0001-01-01T00:00:00Z', new Date('0001-01-01T00:00:00Z')],
  ])('is read in %s', (_, given, expected) => {
    expect(moment.parse(given)).toEqual(expected);
  });

  it.each([
    'infinity',
    '-infinity',
    '+010000-01-01T00:00:00Z',
    '12345-01-01 00:00:00+00',
    '0000-06-01T00:00:00Z',
    '0044-03-15 12:00:00+00 BC',
    '-000001-01-01T00:00:00Z',
    'yesterday',
    '',
    '9'.repeat(10_000),
    1e21,
    -9e16,
    1e300,
    Number.NaN,
    null,
    true,
    {},
    [],
  ])('counts as absent where no answer can state it: %j', (given) => {
    expect(moment.parse(given)).toBeUndefined();
  });
});

it('a lifetime is a positive number of seconds, at most ten years', () => {
  const tenYears = 315_360_000;
  const cases = [3600, '3600', 3599.9, 1e300, 9e15, 0, -5, Number.NaN, '1e9', 'long', null, {}];
  expect(cases.map((given) => lifetime.parse(given))).toEqual([
    ...[3600, 3600, 3599, tenYears, tenYears],
    ...Array.from({ length: 7 }),
  ]);
});

it('a text loses what PostgreSQL rejects', () => {
  const cases = ['Ada\0', '\0', '\ud800', 'A\udc00da', ' Ada ', 7, null, ['Ada']];
  expect(cases.map((given) => text.parse(given))).toEqual([
    ...['Ada', undefined, '\ufffd', 'A\ufffdda', 'Ada'],
    ...Array.from({ length: 3 }),
  ]);
});
