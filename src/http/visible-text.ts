import { type Html, html } from '../kit/html.ts';

/**
 * Characters that a reader cannot see, or that change how others are read: controls, formats such as bidirectional
 * overrides and zero-width signs, tags, variation selectors and fillers. A line feed and a tab are what they look like.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const usual = /^(?:\n|\t)$/;

/** Returns a text of an unknown author, each character of it: those that are not seen are written as `[U+202E]`. */
export function visibleText(text: string): Html {
  const parts: (Html | string)[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push(plain);
    plain = '';
  };
  for (const sign of text.replaceAll('\r\n', '\n')) {
    if (usual.test(sign) || !unseen.test(sign)) {
      plain += sign;
      continue;
    }
    flush();
    const code = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    parts.push(html`<b class="sign">[U+${code}]</b>`);
  }
  flush();
  return html`${parts}`;
}

/** Returns whether a text has characters that a reader cannot see. */
export function hasUnseen(text: string): boolean {
  return Array.from(text.replaceAll('\r\n', '\n')).some((sign) => !usual.test(sign) && unseen.test(sign));
}
