import { type Html, type HtmlPart, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import { appTexts as texts } from './app-texts.ts';
import { editTexts } from './edit-texts.ts';
import type { Filter } from './list-declaration.ts';
import { canonical } from './list-url.ts';
import { type Tab, tabAct, tabBar, tabContent } from './tab-bar.ts';
import type { ConsolePage, View, Visit } from './visit.ts';

/** An item of the configuration: what it is, the steps that change it, and its tabs. */
export interface ItemPage<Subject> {
  /** The path below `/console`. */
  readonly path: string;
  readonly read: (visit: Visit) => Promise<Subject>;
  readonly list: { readonly path: string; readonly title: Text };
  readonly tabs: readonly Tab<Subject>[];
  /** The list in one of the tabs, whose filters are in the address. */
  readonly listed?: { readonly filters: readonly Filter[] };
  readonly name: (subject: Subject, visit: Visit) => string;
  readonly mark?: (subject: Subject, visit: Visit) => HtmlPart;
  /** Facts below the name. */
  readonly about: (subject: Subject, visit: Visit) => HtmlPart;
  /** The buttons of a person who may change it. */
  readonly acts: (subject: Subject, visit: Visit) => HtmlPart;
  /** What was done, by the word in the address; default: `saved`. */
  readonly done?: Readonly<Record<string, Text>>;
}

export function itemPage<Subject>(page: ItemPage<Subject>): ConsolePage {
  const { path, read, list, tabs, listed, name, mark, about, acts, done } = page;

  function view(visit: Visit, subject: Subject, content: Html | undefined): View {
    const { say } = visit;
    const title = name(subject, visit);
    const word = { saved: editTexts.saved, ...done }[visit.ask('done')];
    const body = html`<p><a href="${list.path}">← ${say(list.title)}</a></p>
<div class="head">${mark?.(subject, visit)}<div><h1 class="name">${title}</h1>
${about(subject, visit)}</div>
${visit.may('configuration:change') && html`<div class="actions">${acts(subject, visit)}</div>`}</div>
${word && html`<p role="status" class="notice good">${say(word)}</p>`}
${content && html`${tabBar(visit, subject, tabs)}${content}`}`;
    return { title, body };
  }

  return {
    path,
    needs: 'configuration:read',
    needsToAct: 'configuration:change',
    async show(visit) {
      const address = listed && canonical(visit, listed);
      if (address !== undefined) return address;
      const subject = await read(visit);
      // Support sees names, and the tabs that are for everyone.
      const isAny = tabs.some(({ shown }) => shown?.(visit, subject) ?? true);
      return view(visit, subject, isAny ? await tabContent(visit, subject, tabs) : undefined);
    },
    async act(visit) {
      const subject = await read(visit);
      return await tabAct(visit, subject, { tabs, view: (content) => view(visit, subject, content) });
    },
  };
}

/** Returns a button that leads to a step. */
export function stepButton({ url }: Visit, step: string, text: string, tone: 'plain' | 'danger'): Html {
  return html`<a class="button ${tone}" href="${url.pathname}/${step}">${text}</a>`;
}

/** Returns the buttons of an item that works or is disabled. It is removed only when it is disabled. */
export function switchButtons(visit: Visit, enabled: boolean | undefined): Html {
  const { say } = visit;
  return enabled
    ? html`${stepButton(visit, 'disable', say(texts.disable), 'danger')} <span class="quiet">${say(texts.removeFirst)}</span>`
    : html`${stepButton(visit, 'enable', say(texts.enable), 'plain')}${stepButton(visit, 'remove', say(texts.remove), 'danger')}`;
}
