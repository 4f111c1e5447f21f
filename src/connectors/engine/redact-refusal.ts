import type { Json } from '../../kit/exact-json.ts';
import { longestText, refusalTexts } from '../contract/refusal-words.ts';

/** Characters. */
const longestLine = 200;

/** Returns the texts of a refusal as one short line, without the values in `sent` and without anything like a token. */
export function safeWords(body: Json | undefined, sent: readonly string[] = []): string {
  const secrets = sent.filter((value) => value.length > 3);
  const hidden = withoutSecrets(refusalTexts(body).join(' · '), secrets);
  const plain = hidden.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').toWellFormed();
  return plain
    .replace(/[\w.~+/=%-]{16,}/g, tokenHidden)
    .slice(0, longestLine)
    .trim();
}

/** Returns an error code without secrets. Some providers put a sentence there that quotes the token. */
export function safeCode(code: string, sent: readonly string[] = []): string {
  // Short values that were sent (`json`) also occur in codes.
  const secrets = sent.filter((value) => value.length > 7);
  return withoutSecrets(code, secrets)
    .slice(0, longestText)
    .replace(/[\w.~+/=%-]{24,}/g, tokenHidden);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((kept, secret) => kept.replaceAll(secret, '…'), text);
}

/** Leaves long names of codes, which consist of words, and hides any other long text. */
function tokenHidden(text: string): string {
  return /^(?:[a-z]+(?:[_.-][a-z]+)+|[A-Za-z]{16,40})$/i.test(text) && !/[a-z]\d|\d[a-z]/i.test(text)
    ? text
    : '…';
}
