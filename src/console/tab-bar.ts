import { type Html, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { View, Visit } from './visit.ts';

/** Support sees names of the configuration only. */
export const seesAll = ({ caller }: Visit) => !caller.rights.namesOnly;

/** A part of a page with a link of its own, `?tab=…`. The first tab of a page has no name. */
export interface Tab<Subject> {
  readonly name: string;
  readonly text: Text;
  /** Whether the person sees it; default: yes. */
  shown?(visit: Visit, subject: Subject): boolean;
  content(visit: Visit, subject: Subject): Promise<Html> | Html;
  /** Acts, and returns the content to show on the page again, or what is shown next. */
  act?(visit: Visit, subject: Subject): Promise<Again | View | string>;
}

interface Again {
  readonly again: Html;
  readonly status: number;
}

function tabOf<Subject>(visit: Visit, subject: Subject, tabs: readonly Tab<Subject>[]): Tab<Subject> {
  const [first, ...others] = tabs.filter(({ shown }) => shown?.(visit, subject) ?? true);
  const tab = others.find(({ name }) => name === visit.ask('tab')) ?? first;
  if (!tab) throw new Error('a page has at least one tab');
  return tab;
}

/** Returns the links to the tabs of a page. One tab needs none. */
export function tabBar<Subject>(
  visit: Visit,
  subject: Subject,
  tabs: readonly Tab<Subject>[],
): Html | undefined {
  const { url, say } = visit;
  const here = tabOf(visit, subject, tabs);
  const offered = tabs.filter(({ shown }) => shown?.(visit, subject) ?? true);
  if (offered.length < 2) return undefined;
  const links = offered.map(
    ({ name, text }) =>
      html`<li><a href="${url.pathname}${name && `?tab=${name}`}"${name === here.name && html` aria-current="page"`}>${say(text)}</a></li>`,
  );
  return html`<nav class="tabs" aria-label="${say({ en: 'Parts of this page', zh: '本页内容' })}"><ul>${links}</ul></nav>`;
}

/** Returns the content of the chosen tab. */
export async function tabContent<Subject>(
  visit: Visit,
  subject: Subject,
  tabs: readonly Tab<Subject>[],
): Promise<Html> {
  return await tabOf(visit, subject, tabs).content(visit, subject);
}

/** Lets the chosen tab act. `view` makes the page around its content. */
export async function tabAct<Subject>(
  visit: Visit,
  subject: Subject,
  { tabs, view }: { readonly tabs: readonly Tab<Subject>[]; readonly view: (content: Html) => View },
): Promise<View | string> {
  const outcome = await tabOf(visit, subject, tabs).act?.(visit, subject);
  if (outcome === undefined) return visit.url.pathname;
  if (typeof outcome === 'string' || !('again' in outcome)) return outcome;
  return { ...view(outcome.again), status: outcome.status };
}
