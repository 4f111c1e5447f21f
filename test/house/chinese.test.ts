import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faultsInChinese, faultsOnPage } from '../support/chinese.ts';
import { readHouse } from './house.ts';

// The lab repeats the messages of providers, and an English sentence may name a Chinese term.
const texts = readHouse()
  .sources.filter(({ path }) => !path.startsWith('src/lab/'))
  .flatMap(({ path }) =>
    [...readFileSync(path, 'utf8').matchAll(/'([^'\n]*\p{Script=Han}[^'\n]*)'/gu)].map(([, text = '']) => ({
      path,
      text,
    })),
  )
  .filter(({ text }) => !/[a-z]+ [a-z]+ [a-z]+|e\.g\./.test(text));

it('the Chinese texts use the words and the punctuation of Chinese readers', () => {
  expect(texts.length).toBeGreaterThan(300);
  // A name in braces has spaces by its own script.
  const faults = texts.flatMap(({ path, text }) =>
    faultsInChinese(text.replace(/\s?\{\w+\}\s?/g, '')).map((fault) => `${path}: ${fault}`),
  );
  expect(faults).toEqual([]);
});

it('a name that a provider may hand over is a nickname, unless the provider itself speaks of the legal name', () => {
  const named = texts.filter(
    ({ path, text }) => !path.startsWith('src/connectors/') && text.includes('姓名'),
  );
  expect(named).toEqual([]);
});

it.each([
  ['服务商没有响应。', '服务商'],
  ['关联您的华为账号账号', '账号账号'],
  ['使用微信 (wechat)登录', 'half-width punctuation'],
  ['更多登录方式 (54)', 'half-width punctuation'],
  ['撤回: 小店', 'half-width punctuation'],
  ['不能用于登录。 请选择其他登录方式。', 'full-width punctuation'],
  ['小店 请求以下权限：', 'a space between Han'],
  ['使用GitHub登录', 'between Han and Latin'],
  ['在您离线时保持访问权限', '离线'],
])('found: %s', (text, fault) => {
  expect(faultsInChinese(text).join()).toContain(fault);
});

it.each([
  '授权时间：2026年11月30日 01:13（北京时间）',
  '近 90 天使用 3 次，其中 1 次在您不在时',
  '使用 GitHub 登录',
])('let pass: %s', (text) => {
  expect(faultsInChinese(text)).toEqual([]);
});

it('found on a page, across elements and not in code or English', () => {
  expect(faultsOnPage('<p><b>小店</b> 请求以下权限：</p>')).toHaveLength(1);
  expect(faultsOnPage('<a aria-label="撤回: Demo">撤回</a>')).toHaveLength(1);
  expect(
    faultsOnPage('<p>原因：<code>甲:乙</code></p><p lang="en">您: a</p><button>是</button> <a>否</a>'),
  ).toEqual([]);
});
