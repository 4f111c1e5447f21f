import { readFileSync } from 'node:fs';
import { z } from 'zod';

const shape = z.record(z.string(), z.array(z.string()));
const notes = shape.parse(
  JSON.parse(readFileSync(new URL('./provider-notes.json', import.meta.url), 'utf8')),
);

/**
 * Returns what the page of a provider in `docs/providers` says about the end of its grants, in English, a string for each
 * paragraph. Code is between backquotes. `npm run provider-pages` copies it here, since an image has no docs.
 */
export function providerNotesOf(provider: string): readonly string[] {
  return Object.hasOwn(notes, provider) ? (notes[provider] ?? []) : [];
}
