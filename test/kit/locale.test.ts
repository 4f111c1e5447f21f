import { describe, expect, it } from 'vitest';
import { connectionChoices } from '../../src/http/connection-choices.ts';
import { fill, localeOf } from '../../src/kit/locale.ts';
import { formatMoment } from '../../src/kit/moment.ts';
import { bracketed, fillHtml, labelled, listed, sentences } from '../../src/kit/phrases.ts';
import { Problem } from '../../src/kit/problem.ts';

describe('the language of a request', () => {
  const reader = (accepted: readonly string[], query = {}) => ({
    query,
    headers: {},
    acceptsLanguages: () => [...accepted],
  });

  it.each([
    ['zh-CN', 'zh'],
    ['zh-TW', 'zh'],
    ['zh-HK', 'zh'],
    ['zh-Hant', 'zh'],
    ['zh-Hant-MO', 'zh'],
    ['zh_TW', 'zh'],
    ['yue', 'zh'],
    ['yue-Hant-HK', 'zh'],
    ['cmn-Hans-CN', 'zh'],
    ['ZH', 'zh'],
    ['en-GB', 'en'],
    ['de', 'en'],
    ['zhx', 'en'],
    ['*', 'en'],
  ])('%s is nearest to %s', (tag, locale) => {
    expect(localeOf(reader([tag]))).toBe(locale);
    expect(localeOf(reader([]), tag)).toBe(locale);
    expect(localeOf(reader([], { ui_locales: tag }))).toBe(locale);
  });

  it('is the first that the pages speak', () => {
    expect(localeOf(reader(['fr', 'yue', 'en']))).toBe('zh');
    expect(localeOf(reader(['fr', 'en', 'zh-TW']))).toBe('en');
    expect(localeOf(reader(['en']), 'ja zh-HK')).toBe('zh');
  });

  it('is the browser’s where the app wishes one that no page speaks', () => {
    expect(localeOf(reader(['zh-HK']), 'ja ko')).toBe('zh');
    expect(localeOf(reader(['zh-HK']), ['en'])).toBe('zh');
  });
});

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

  it('has the same spaces where the name is marked up, and the name is escaped', () => {
    expect(fillHtml(text, 'zh', { provider: 'A<b' }).toString()).toBe('使用 <b class="name">A&lt;b</b> 登录');
    expect(fillHtml(text, 'zh', { provider: '小店' }).toString()).toBe('使用<b class="name">小店</b>登录');
  });

  it('sets a space between two names of different scripts', () => {
    const both = { en: '{app} uses {account}', zh: '{app}{account}' };
    expect(fill(both, 'zh', { app: '小店', account: 'GitHub 账号' })).toBe('小店 GitHub 账号');
  });
});

it('each language has its own punctuation', () => {
  expect([listed(['a', 'b'], 'en'), bracketed('a', 'b', 'en'), labelled('a', 'b', 'en')]).toEqual([
    'a, b',
    'a (b)',
    'a: b',
  ]);
  expect([listed(['甲', '乙'], 'zh'), bracketed('甲', '62', 'zh'), labelled('甲', '乙', 'zh')]).toEqual([
    '甲、乙',
    '甲（62）',
    '甲：乙',
  ]);
  expect([sentences(['One.', 'Two.'], 'en'), sentences(['一。', '二。'], 'zh')]).toEqual([
    'One. Two.',
    '一。二。',
  ]);
});

it('a time names its zone, and in Chinese it is the one of China', () => {
  const at = new Date('2026-11-29T17:13:00Z');
  expect(formatMoment(at, 'en')).toBe('29 Nov 2026, 17:13 UTC');
  expect(formatMoment(at, 'zh')).toBe('2026年11月30日 01:13（北京时间）');
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
  const named = (alias: string, title: string, remark?: string) => ({
    alias,
    provider: alias,
    title: { en: title, zh: title },
    remark: remark === undefined ? undefined : { en: remark, zh: remark },
  });
  const eight = ['z', 'y', 'x', 'w', 'v', 'u', 't', 's'].map((name) => named(name, name.toUpperCase()));

  it('are in their own order at first, and by name after that', () => {
    const ways = connectionChoices([...eight, named('b', 'beta'), named('c', 'alpha')], 'en');
    expect(ways.first.map(({ label }) => label)).toEqual(['Z', 'Y', 'X', 'W', 'V', 'U', 'T', 'S']);
    expect(ways.further.map(({ label }) => label)).toEqual(['alpha', 'beta']);
  });

  it('of the same title are told apart by their remark or a number, and never by the alias', () => {
    const ways = connectionChoices(
      [
        named('wx', '微信'),
        named('mp', '微信', '公众号'),
        named('hub', 'GitHub', 'git.example'),
        named('lab-1', 'GitLab', 'a.example'),
        named('lab-2', 'GitLab', 'a.example'),
      ],
      'zh',
    );
    expect(ways.first.map(({ label }) => label)).toEqual([
      '微信',
      '微信（公众号）',
      'GitHub',
      'GitLab（a.example）（1）',
      'GitLab（a.example）（2）',
    ]);
  });
});
