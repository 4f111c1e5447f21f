import type { Html } from '../kit/html.ts';
import type { Locale, Text } from '../kit/locale.ts';
import { bracketed } from '../kit/phrases.ts';
import { markOf } from './marks.ts';

/** A connection as a page names it. */
export interface ConnectionLabel {
  readonly alias: string;
  readonly provider: string;
  /** The provider's name. */
  readonly title: Text;
  /** The operator's name for the connection, in one language or both. */
  readonly displayName?:
    | { readonly en?: string | undefined; readonly zh?: string | undefined }
    | null
    | undefined;
  /** A remark that tells it from another of the same name. */
  readonly remark?: Text | undefined;
  /** The path of the operator's logo. */
  readonly logo?: string | undefined;
  readonly pinyin?: string | undefined;
  /** The look and the words that the provider wants for its button. */
  readonly buttonLook?: 'coloured' | 'inked' | undefined;
  readonly buttonWords?: Text | undefined;
  /** The operator's place for it; null: none. */
  readonly position?: number | null | undefined;
  /** The reason why it does not work in this browser. */
  readonly obstacle?: Text | undefined;
  /** The market in which most people have an account there. */
  readonly homeMarket?: 'china' | undefined;
}

/** A connection with its label on a page. */
export interface ConnectionChoice {
  readonly alias: string;
  readonly label: string;
  readonly mark: Html;
  readonly obstacle: string | undefined;
  /** The look and the words of a sign-in button, where the provider says them. */
  readonly buttonLook: ConnectionLabel['buttonLook'];
  readonly buttonWords: string | undefined;
  /** The person has signed in with it in this browser before. */
  readonly usedLast: boolean;
}

export interface Choices {
  readonly first: readonly ConnectionChoice[];
  readonly further: readonly ConnectionChoice[];
  /** There are so many that a person needs a search. */
  readonly searchable: boolean;
  /** The words that were searched for; empty: none. */
  readonly query: string;
}

export interface Choosing {
  /** The aliases that this browser used last, the latest first. */
  readonly usedLast?: readonly string[];
  /** The words to search for, as the person entered them. */
  readonly query?: unknown;
}

/** The number of connections that a page shows at once, and the number from which it has a search. */
const mostFirst = 8;
const manyFrom = 13;

/**
 * Returns the connections to choose from. Those that this browser used last come first, then the others in the given order.
 * Behind the first few they are sorted by name, since fifty connections need an order. A search finds names in both languages,
 * aliases, pinyin and its initials, and returns everything that matches, by name.
 */
export function connectionChoices(
  connections: readonly ConnectionLabel[],
  locale: Locale,
  { usedLast = [], query: entered }: Choosing = {},
): Choices {
  const query = typeof entered === 'string' ? entered.trim().slice(0, 60) : '';
  const near = locale === 'zh' ? nearestFirst(connections) : connections;
  const ordered = near.toSorted((a, b) => rank(a) - rank(b));
  const labels = labelsOf(ordered, locale);
  const choices = ordered.map((connection) => {
    const { alias, title, obstacle, buttonLook, buttonWords } = connection;
    const label = labels.get(alias) ?? alias;
    return {
      alias,
      label,
      mark: markOf(connection, locale),
      obstacle: obstacle?.[locale],
      buttonLook,
      // They name the provider only, so they cannot tell two of its connections apart.
      buttonWords: label === title[locale] ? buttonWords?.[locale] : undefined,
      usedLast: usedLast.includes(alias),
    };
  });
  const { compare } = new Intl.Collator(locale);
  const barred = ({ obstacle }: ConnectionChoice) => Number(obstacle !== undefined);
  const byName = (list: readonly ConnectionChoice[]) =>
    list.toSorted((a, b) => barred(a) - barred(b) || compare(a.label, b.label));
  const searchable = connections.length >= manyFrom;
  if (query !== '') {
    const found = new Set(connections.filter((one) => matches(one, query)).map(({ alias }) => alias));
    return { first: byName(choices.filter(({ alias }) => found.has(alias))), further: [], searchable, query };
  }
  return { first: choices.slice(0, mostFirst), further: byName(choices.slice(mostFirst)), searchable, query };

  function rank({ alias }: ConnectionLabel): number {
    const at = usedLast.indexOf(alias);
    return at < 0 ? usedLast.length : at;
  }
}

/**
 * Returns the name of each connection. Those with the same name get their remark, and a number where that is the same too. The
 * alias is the operator's word for a connection, and the public does not see it.
 */
function labelsOf(connections: readonly ConnectionLabel[], locale: Locale): ReadonlyMap<string, string> {
  const names = connections.map(nameIn(locale));
  const remarked = connections.map(({ remark }, index) => {
    const name = names[index] ?? '';
    return remark && countOf(names, name) > 1 ? bracketed(name, remark[locale], locale) : name;
  });
  return new Map(
    connections.map(({ alias }, index) => {
      const label = remarked[index] ?? '';
      const number = countOf(remarked.slice(0, index + 1), label);
      return [alias, countOf(remarked, label) > 1 ? bracketed(label, String(number), locale) : label];
    }),
  );
}

/** Returns the name of a connection: the operator's own, in the other language too, else the provider's. */
function nameIn(locale: Locale): (connection: ConnectionLabel) => string {
  return ({ displayName, title }) =>
    displayName?.[locale] ?? displayName?.[locale === 'zh' ? 'en' : 'zh'] ?? title[locale];
}

function matches(
  { alias, provider, title, displayName, pinyin = '' }: ConnectionLabel,
  query: string,
): boolean {
  const wanted = folded(query);
  const initials = pinyin.split(' ').map((syllable) => syllable.charAt(0));
  const names = [alias, provider, title.en, title.zh, displayName?.en, displayName?.zh, pinyin];
  return [...names, initials.join('')].some((name) => name !== undefined && folded(name).includes(wanted));
}

function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\-_.]+/g, '');
}

function countOf(labels: readonly string[], label: string): number {
  return labels.filter((other) => other === label).length;
}

/**
 * Readers of Chinese find the platforms of China first, and those that do not work in this browser last. An operator who has
 * given places has decided for all readers.
 */
function nearestFirst(connections: readonly ConnectionLabel[]): readonly ConnectionLabel[] {
  const isNear = ({ homeMarket, position }: ConnectionLabel) => homeMarket === 'china' && position == null;
  const rank = (one: ConnectionLabel) => (one.obstacle ? 2 : isNear(one) || one.position != null ? 0 : 1);
  return connections.toSorted((a, b) => rank(a) - rank(b));
}
