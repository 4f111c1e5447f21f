import type { Locale, Text } from '../kit/locale.ts';
import { bracketed } from '../kit/phrases.ts';

/** A connection as a page names it. */
export interface ConnectionLabel {
  readonly alias: string;
  readonly title: Text;
  /** A remark that tells it from another with the same title. */
  readonly remark?: Text | undefined;
  /** The reason why it does not work in this browser. */
  readonly obstacle?: Text | undefined;
  /** The words that the provider wants on its button. */
  readonly buttonWords?: Text | undefined;
  /** The market in which most people have an account there. */
  readonly homeMarket?: 'china' | undefined;
}

/** A connection with its label on a page. */
export interface ConnectionChoice {
  readonly alias: string;
  readonly label: string;
  readonly obstacle: string | undefined;
  /** The words of a sign-in button, where the provider says them. */
  readonly buttonWords: string | undefined;
}

/** The number of connections that a page shows at once. */
const mostFirst = 8;

/**
 * Returns the connections to choose from: the first few in the operator's order, and the others by name, since fifty
 * connections need an order. Those with the same title get their remark, and a number where that is the same too. The
 * alias is the operator's word for a connection, and the public does not see it.
 */
export function connectionChoices(
  given: readonly ConnectionLabel[],
  locale: Locale,
): { readonly first: readonly ConnectionChoice[]; readonly further: readonly ConnectionChoice[] } {
  const connections = locale === 'zh' ? nearestFirst(given) : given;
  const titles = connections.map(({ title }) => title[locale]);
  const remarked = connections.map(({ title, remark }) =>
    remark && countOf(titles, title[locale]) > 1
      ? bracketed(title[locale], remark[locale], locale)
      : title[locale],
  );
  const choices = connections.map(({ alias, obstacle, buttonWords }, index) => {
    const label = remarked[index] ?? '';
    const number = countOf(remarked.slice(0, index + 1), label);
    return {
      alias,
      label: countOf(remarked, label) > 1 ? bracketed(label, String(number), locale) : label,
      obstacle: obstacle?.[locale],
      // They name the provider only, so they cannot tell two of its connections apart.
      buttonWords: label === connections[index]?.title[locale] ? buttonWords?.[locale] : undefined,
    };
  });
  const { compare } = new Intl.Collator(locale);
  const barred = ({ obstacle }: ConnectionChoice) => Number(obstacle !== undefined);
  const further = choices.slice(mostFirst).sort((a, b) => barred(a) - barred(b) || compare(a.label, b.label));
  return { first: choices.slice(0, mostFirst), further };
}

function countOf(labels: readonly string[], label: string): number {
  return labels.filter((other) => other === label).length;
}

/** Readers of Chinese find the platforms of China first, and those that do not work in this browser last. */
function nearestFirst(connections: readonly ConnectionLabel[]): readonly ConnectionLabel[] {
  const rank = ({ homeMarket, obstacle }: ConnectionLabel) => (obstacle ? 2 : homeMarket === 'china' ? 0 : 1);
  return connections.toSorted((a, b) => rank(a) - rank(b));
}
