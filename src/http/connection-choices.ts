import type { Locale, Text } from '../kit/locale.ts';

/** A connection with its label on a page. */
export interface ConnectionChoice {
  readonly alias: string;
  readonly label: string;
}

/** The number of connections that a page shows at once. */
const mostFirst = 8;

/**
 * Returns the connections to choose from: the first few in the operator's order, and the others by name, since fifty
 * connections need an order. Two with the same name are distinguished by their alias.
 */
export function connectionChoices(
  connections: readonly { readonly alias: string; readonly title: Text }[],
  locale: Locale,
): { readonly first: readonly ConnectionChoice[]; readonly further: readonly ConnectionChoice[] } {
  const choices = connections.map(({ alias, title }) => {
    const isAmbiguous = connections.filter((other) => other.title[locale] === title[locale]).length > 1;
    return { alias, label: isAmbiguous ? `${title[locale]} (${alias})` : title[locale] };
  });
  const { compare } = new Intl.Collator(locale);
  const further = choices.slice(mostFirst).sort((a, b) => compare(a.label, b.label));
  return { first: choices.slice(0, mostFirst), further };
}
