import { type Html, html } from './html.ts';
import { fillWith, type Locale, type Text } from './locale.ts';

// Each language has its own punctuation, and Chinese has no space after it. Pages join their texts by these functions.

/** Returns items in a row: `a, b`, in Chinese `a、b`. */
export function listed(items: readonly string[], locale: Locale): string {
  return items.join(locale === 'zh' ? '、' : ', ');
}

/** Returns a word with a remark: `word (remark)`, in Chinese `word（remark）`. */
export function bracketed(word: string, remark: string, locale: Locale): string {
  return locale === 'zh' ? `${word}（${remark}）` : `${word} (${remark})`;
}

/** Returns a label with its value: `label: value`, in Chinese `label：value`. */
export function labelled(label: string, value: string, locale: Locale): string {
  return locale === 'zh' ? `${label}：${value}` : `${label}: ${value}`;
}

/** Returns clauses of one sentence in a row: `a, b`, in Chinese `a，b`. */
export function clauses(parts: readonly string[], locale: Locale): string {
  return parts.join(locale === 'zh' ? '，' : ', ');
}

/** Returns sentences in a row, each with its own full stop. */
export function sentences(parts: readonly string[], locale: Locale): string {
  return parts.join(locale === 'zh' ? '' : ' ');
}

/** Returns the markup of a text whose values get an element each, with spaces as `fill` sets them. */
export function fillHtml(
  text: Text,
  locale: Locale,
  values: Readonly<Record<string, string>>,
  element: (value: string, name: string) => Html = (value) => html`<b class="name">${value}</b>`,
): Html {
  const parts = fillWith(text, locale, values).map((part) =>
    typeof part === 'string' ? html`${part}` : element(part.value, part.name),
  );
  return html`${parts}`;
}
