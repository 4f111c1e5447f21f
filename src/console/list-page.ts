import { type HtmlPart, html } from '../kit/html.ts';
import type { ListDeclaration, Listed } from './list-declaration.ts';
import { filterForm } from './list-filters.ts';
import { listTable } from './list-table.ts';
import { listTools } from './list-tools.ts';
import { canonical, hasFilters, queryOf } from './list-url.ts';
import type { ConsolePage, View, Visit } from './visit.ts';

/** Returns the page of a list. `list-declaration.ts` says how a list is added. */
export function listPage<Item, Context = undefined>(
  declaration: ListDeclaration<Item, Context>,
): ConsolePage {
  const { path, needs, title, about, add, beside } = declaration;
  return {
    path,
    needs,
    async show(visit) {
      const address = canonical(visit, declaration);
      if (address !== undefined) return address;
      const heading = title[visit.locale];
      const body = html`<h1>${heading}</h1>
${about && html`<p class="quiet">${about[visit.locale]}</p>`}
${add && visit.may(add.needs) && html`<p class="actions"><a class="button" href="${add.path}">${visit.say(add.text)}</a></p>`}
${beside && visit.may(beside.needs) && html`<p><a href="${beside.path}">${visit.say(beside.text)}</a></p>`}
${await listPart(visit, declaration)}`;
      return { title: heading, body } satisfies View;
    },
  };
}

/** Returns a list as a part of a page, e.g. of a person's. */
export async function listPart<Item, Context>(
  visit: Visit,
  declaration: ListDeclaration<Item, Context>,
): Promise<HtmlPart> {
  const { operation, live, instead, params } = declaration;
  const sentence = instead?.(visit);
  if (sentence) return html`<p class="card">${sentence[visit.locale]}</p>`;
  const listed = await visit.read<Listed<Item>>(operation, {
    query: queryOf(visit, declaration),
    ...(params && { params: params(visit) }),
  });
  const context = (await declaration.context?.(visit, listed.items)) as Context;
  const refresh = live === true && visit.ask('live') === '1' && html` data-refresh`;
  return html`<div data-live="list"${refresh}>
${await filterForm(visit, declaration)}
${listTable(visit, declaration, { listed, context, filtered: hasFilters(visit, declaration) })}
${listTools(visit, declaration)}
</div>`;
}
