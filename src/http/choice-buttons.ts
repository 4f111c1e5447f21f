import { type Html, html } from '../kit/html.ts';
import { fill, type Locale, type Text } from '../kit/locale.ts';
import type { Choices, ConnectionChoice } from './connection-choices.ts';

const texts = {
  continueWith: { en: 'Continue with {provider}', zh: '使用{provider}登录' },
  usedLast: { en: 'Last used', zh: '上次使用' },
  search: { en: 'Search all {count}', zh: '搜索全部 {count} 种' },
  find: { en: 'Search', zh: '搜索' },
  found: { en: '{count} for “{query}”', zh: '“{query}”：{count} 项' },
  none: { en: 'Nothing matches “{query}”.', zh: '没有与“{query}”匹配的结果。' },
  all: { en: 'Show all', zh: '显示全部' },
} satisfies Record<string, Text>;

/** Returns the button of a choice: the mark in its colours, and our words. All buttons have the same size. */
export function choiceButton(choice: ConnectionChoice, locale: Locale): Html {
  const { label, mark, usedLast, buttonWords } = choice;
  const words = buttonWords ?? fill(texts.continueWith, locale, { provider: label });
  return choiceWith(
    choice,
    html`${mark}<span>${words}</span>${usedLast && html`<span class="badge">${texts.usedLast[locale]}</span>`}`,
  );
}

/** Returns the same with the name alone, for long lists. */
export function shortChoiceButton(choice: ConnectionChoice): Html {
  return choiceWith(choice, html`${choice.mark}<span>${choice.label}</span>`);
}

function choiceWith({ alias, buttonLook, obstacle }: ConnectionChoice, content: Html): Html {
  const kind = buttonLook ? `way ${buttonLook}` : 'way';
  return html`<button class="${kind}" name="connection" value="${alias}">${content}</button>
${obstacle && html`<p class="quiet">${obstacle}</p>`}`;
}

/** Returns the search over many connections: a form of its own, which works without a script. */
export function choiceSearch(
  { query, searchable, first }: Choices,
  { action, count, locale }: { readonly action: string; readonly count: number; readonly locale: Locale },
): Html | undefined {
  if (!searchable) return undefined;
  const label = fill(texts.search, locale, { count: String(count) });
  const said = first.length > 0 ? texts.found : texts.none;
  const result =
    query !== '' &&
    html`<p class="quiet" role="status">${fill(said, locale, { query, count: String(first.length) })} <a class="button plain" href="${action}">${texts.all[locale]}</a></p>`;
  return html`<form class="find" role="search" action="${action}">
${result}<label for="q">${label}</label>
<div><input id="q" type="search" name="q" value="${query}" maxlength="60" autocomplete="off"><button class="plain">${texts.find[locale]}</button></div>
</form>`;
}
