import { expect, test } from 'vitest';
import { createLineWriter, createLog } from '../../src/kit/log.ts';

// A thrown or emitted error is logged as text, even if it is no Error, and nothing else of it is.

function logged(err: unknown): Record<string, unknown> {
  const lines: string[] = [];
  createLog('info', { write: (line) => void lines.push(line) }).error({ err }, 'trouble');
  return JSON.parse(lines[0] ?? '').err;
}

test.each([
  [new Error('in words', { cause: 'why' }), { type: 'Error', message: 'in words' }],
  [
    { message: 'of pg-boss', queue: 'sweep', code: '57P01' },
    { type: 'object', message: 'of pg-boss', code: '57P01' },
  ],
  [
    { name: 'Odd', message: 'm', stack: 'Odd: m\n    at here (file:1)\nm', token: 'secret-of-a-stranger' },
    { type: 'Odd', message: 'm', stack: ['at here (file:1)'] },
  ],
  ['a plain text', { type: 'string', message: 'a plain text' }],
  [null, { type: 'object' }],
  [{ message: { deep: 'secret-of-a-stranger' } }, { type: 'object' }],
])('%o', (thrown, expected) => {
  const line = logged(thrown);
  expect(line).toMatchObject(expected);
  expect(JSON.stringify(line)).not.toContain('secret-of-a-stranger');
});

test('levels are words, in the lines of requests too', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const write = createLineWriter(log);
  log.warn('trouble');
  log.debug('not written');
  write('info', { status: 200 });
  write('debug', { status: 500 });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'warn', time: expect.any(Number), msg: 'trouble' },
    { level: 'info', time: expect.any(Number), status: 200 },
  ]);
});
