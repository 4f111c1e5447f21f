import type { Locale, Text } from '../kit/locale.ts';

/** A connection as a page names it. */
export interface ConnectionChoice {
  readonly alias: string;
  readonly label: string;
}

/** So many are shown without asking. */
const atOnce = 8;

/**
 * Connections to choose from: the first few in the order they come in, which is a judgement, and the others by name,
 * since nobody finds one among fifty otherwise. Two of one name are told apart by their alias.
 */
export function connectionChoices(
  connections: readonly { readonly alias: string; readonly title: Text }[],
  locale: Locale,
): { readonly first: readonly ConnectionChoice[]; readonly further: readonly ConnectionChoice[] } {
  const ways = connections.map(({ alias, title }) => {
    const twins = connections.filter((other) => other.title[locale] === title[locale]).length > 1;
    return { alias, label: twins ? `${title[locale]} (${alias})` : title[locale] };
  });
  const { compare } = new Intl.Collator(locale);
  const further = ways.slice(atOnce).sort((a, b) => compare(a.label, b.label));
  return { first: ways.slice(0, atOnce), further };
}
