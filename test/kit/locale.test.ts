import { describe, expect, it } from 'vitest';
import { connectionChoices } from '../../src/http/connection-choices.ts';
import { fill } from '../../src/kit/locale.ts';
import { Problem } from '../../src/kit/problem.ts';

describe('a text with a name in it', () => {
  const text = { en: 'Continue with {provider}', zh: '使用{provider}登录' };

  it.each([
    ['en', 'WeChat', 'Continue with WeChat'],
    ['zh', '微信', '使用微信登录'],
    ['zh', 'GitHub', '使用 GitHub 登录'],
    ['zh', 'X（推特）', '使用 X（推特）登录'],
    ['zh', '$& {provider}', '使用$& {provider}登录'],
  ] as const)('in %s with %s', (locale, provider, filled) => {
    expect(fill(text, locale, { provider })).toBe(filled);
  });
});

describe('a problem for readers of Chinese', () => {
  it('shows its detail if that exists in both languages', () => {
    const detail = { en: 'This link is malformed.', zh: '此链接格式不正确。' };
    const problem = new Problem('invalid_request', { detail });
    expect([problem.message, problem.sentence]).toEqual([detail.en, detail]);
  });

  it('shows the text of its kind beside a detail in English', () => {
    const { message, sentence } = new Problem('forbidden', { detail: 'Not you.' });
    expect([message, sentence]).toEqual(['Not you.', { en: 'Not you.', zh: '不允许此操作。' }]);
  });
});

describe('connections in a chooser', () => {
  const named = (alias: string, title: string) => ({ alias, title: { en: title, zh: title } });

  it('are in their own order at first, by name after that, and equal names have their alias', () => {
    const first = ['z', 'y', 'x', 'w', 'v', 'u', 't', 's'].map((name) => named(name, name.toUpperCase()));
    const ways = connectionChoices(
      [...first, named('b', 'Same'), named('a', 'Same'), named('c', 'alpha')],
      'en',
    );
    expect(ways.first.map(({ label }) => label)).toEqual(['Z', 'Y', 'X', 'W', 'V', 'U', 'T', 'S']);
    expect(ways.further.map(({ label }) => label)).toEqual(['alpha', 'Same (a)', 'Same (b)']);
  });
});
