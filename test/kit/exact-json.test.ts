import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../src/kit/exact-json.ts';

describe('an id in JSON', () => {
  it.each([
    ['1', 1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['1e3', 1000],
    ['1e21', '1e21'],
    ['"123"', '123'],
    ['"0123"', '0123'],
    ['1.5', 1.5],
  ])('%s is read as %j', (text, value) => {
    expect(parseExactJson(text)).toBe(value);
    expect(parseExactJson(`{"deep":[{"id":${text}}]}`)).toEqual({ deep: [{ id: value }] });
  });

  it.each(['0123', 'NaN', '0x1f', "'1'", '1,', '', '{'])('%j is invalid JSON', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });
});

describe('a hostile object', () => {
  it('does not become a prototype, at any depth', () => {
    const parsed = parseExactJson('{"a":{"__proto__":{"x":1}},"__proto__":{"x":1},"b":[{"__proto__":[]}]}');
    expect(parsed).toEqual({ a: {}, b: [{}] });
    expect(Reflect.get(parsed as object, 'x')).toBeUndefined();
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('nested without end is refused', () => {
    expect(() => parseExactJson('['.repeat(100_000) + ']'.repeat(100_000))).toThrow();
  });
});
