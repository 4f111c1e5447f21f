import type { Locale, Text } from '../kit/locale.ts';
import { bracketed } from '../kit/phrases.ts';

/** A connection as a page names it. */
export interface ConnectionLabel {
  readonly alias: string;
  readonly title: Text;
  /** A remark that tells it from another with the same title. */
  readonly remark?: Text | undefined;
}

/** A connection with its label on a page. */
export interface ConnectionChoice {
  readonly alias: string;
  readonly label: string;
}

/** The number of connections that a page shows at once. */
const mostFirst = 8;

/**
 * Returns the connections to choose from: the first few in the operator's order, and the others by name, since fifty
 * connections need an order. Those with the same title get their remark, and a number where that is the same too. The
 * alias is the operator's word for a connection, and the public does not see it.
 */
export function connectionChoices(
  connections: readonly ConnectionLabel[],
  locale: Locale,
): { readonly first: readonly ConnectionChoice[]; readonly further: readonly ConnectionChoice[] } {
  const titles = connections.map(({ title }) => title[locale]);
  const remarked = connections.map(({ title, remark }) =>
    remark && countOf(titles, title[locale]) > 1
      ? bracketed(title[locale], remark[locale], locale)
      : title[locale],
  );
  const choices = connections.map(({ alias }, index) => {
    const label = remarked[index] ?? '';
    const number = countOf(remarked.slice(0, index + 1), label);
    return { alias, label: countOf(remarked, label) > 1 ? bracketed(label, String(number), locale) : label };
  });
  const { compare } = new Intl.Collator(locale);
  const further = choices.slice(mostFirst).sort((a, b) => compare(a.label, b.label));
  return { first: choices.slice(0, mostFirst), further };
}

function countOf(labels: readonly string[], label: string): number {
  return labels.filter((other) => other === label).length;
}
