import { z } from 'zod';
import type { Text } from './locale.ts';

/** A text that an operator gives, in one language of the pages or in both. */
export interface GivenText {
  readonly en?: string | undefined;
  readonly zh?: string | undefined;
}

/** A line of text without control characters. PostgreSQL's texts do not allow NUL. */
export const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');

export const givenText = (most: number) =>
  z
    .strictObject({ en: line(most), zh: line(most) })
    .partial()
    .refine(({ en, zh }) => en !== undefined || zh !== undefined, 'needs `en`, `zh` or both');

/** Returns the text in both languages. A language that the operator left out gets the other one's text. */
export function inBoth(given: GivenText | null | undefined, fallback: Text): Text {
  if (!given) return fallback;
  const { en, zh } = given;
  return { en: en ?? zh ?? fallback.en, zh: zh ?? en ?? fallback.zh };
}

/** An address for people to open: https, without credentials. */
export const pageAddress = z
  .url({ protocol: /^https$/ })
  .max(2048)
  .regex(/^[^\s\\\p{Cc}]*$/u, 'must not contain spaces, backslashes or control characters')
  .refine((address) => !URL.parse(address)?.username && !URL.parse(address)?.password, {
    error: 'must not contain a user or a password',
  });
