import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findConnector, providers } from '../../src/connectors/registry.ts';
import { type ConnectionLabel, connectionChoices } from '../../src/http/connection-choices.ts';
import { hasMark, markOf } from '../../src/http/marks.ts';

const every: readonly ConnectionLabel[] = providers.flatMap((provider) => {
  const connector = findConnector(provider);
  return connector ? [{ ...connector, alias: provider, provider }] : [];
});
const found = (query: string, locale: 'en' | 'zh' = 'en') =>
  connectionChoices(every, locale, { query }).first.map(({ alias }) => alias);

describe('the mark of a connection', () => {
  it.each(providers)('%s has a mark of its own with a source, or a neutral tile', (provider) => {
    const title = findConnector(provider)?.title ?? { en: '', zh: '' };
    const shown = markOf({ provider, title }, 'zh').toString();
    const rows = readFileSync('docs/marks.md', 'utf8')
      .split('\n')
      .map((line) => line.split('|'));
    const [, , source] = rows.find(([, name]) => name?.trim() === title.en) ?? [];
    if (hasMark(provider)) expect(shown).toContain(`src="/assets/providers/${provider}.svg"`);
    else expect(shown).toBe(`<span class="mark tile" aria-hidden="true">${[...title.zh][0]}</span>`);
    expect(source?.includes('a letter: ')).toBe(!hasMark(provider));
  });

  it('is not taken from another product, or from an owner who has refused', () => {
    const none = [
      'amazon',
      'dingtalk',
      'douyin',
      'feishu',
      'lark',
      'linkedin',
      'microsoft',
      'oauth2',
      'salesforce',
    ];
    const others = ['slack', 'slack-workspace', 'wecom', 'yahoo', 'yahoo-japan', 'yandex'];
    expect(providers.filter((provider) => !hasMark(provider)).toSorted()).toEqual(
      [...none, ...others].toSorted(),
    );
  });

  it('gives way to the logo of the operator', () => {
    const shown = markOf(
      { provider: 'github', title: { en: 'G', zh: 'G' }, logo: '/connections/git/logo?v=1' },
      'en',
    );
    expect(shown.toString()).toContain('src="/connections/git/logo?v=1"');
  });
});

describe('the search among many connections', () => {
  it('finds names in both languages, whatever the page shows', () => {
    expect(found('git')).toEqual(['gitee', 'github', 'github-app', 'gitlab']);
    expect(found('微信')).toContain('wechat-web');
    expect(found('WECHAT', 'zh')).toContain('wechat-web');
    expect(found('sales force')).toEqual(['salesforce']);
  });

  it('finds Chinese names by pinyin and its initials', () => {
    for (const words of ['zhifubao', 'zfb', 'zhi fu bao', '支付宝']) expect(found(words)).toContain('alipay');
    expect(found('qywx')).toEqual(['wecom']);
  });

  it('every Chinese name has its pinyin', () => {
    const silent = every.filter(({ title, pinyin }) => /^\p{Script=Han}/u.test(title.zh) && !pinyin);
    expect(silent).toEqual([]);
  });

  it('says when nothing matches, and is there for many connections only', () => {
    expect(connectionChoices(every, 'en', { query: 'nowhere' })).toMatchObject({
      first: [],
      searchable: true,
    });
    expect(connectionChoices(every.slice(0, 12), 'en').searchable).toBe(false);
    expect(connectionChoices(every, 'en', { query: ['a', 'b'] }).query).toBe('');
  });
});

describe('the order of connections', () => {
  const [one, two, three] = every as [ConnectionLabel, ConnectionLabel, ConnectionLabel];

  it('begins with those that this browser used last', () => {
    const { first } = connectionChoices([one, two, three], 'en', { usedLast: [three.alias, 'gone'] });
    expect(first.map(({ alias, usedLast }) => [alias, usedLast])).toEqual([
      [three.alias, true],
      [one.alias, false],
      [two.alias, false],
    ]);
  });

  it('tells two connections of one provider apart by the names that the operator gave them', () => {
    const pair = [
      { ...one, alias: 'staff', displayName: { en: 'Staff', zh: '员工' } },
      { ...one, alias: 'guests', displayName: { zh: '访客' } },
      { ...one, alias: 'plain', displayName: null },
      { ...one, alias: 'other' },
    ];
    const labels = connectionChoices(pair, 'en').first.map(({ label }) => label);
    expect(labels).toEqual(['Staff', '访客', `${one.title.en} (1)`, `${one.title.en} (2)`]);
    expect(connectionChoices(pair, 'zh').first[2]?.label).toBe(`${one.title.zh}（1）`);
  });
});
