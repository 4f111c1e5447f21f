import { findConnector, providers } from '../../connectors/registry.ts';
import { markOf } from '../../http/marks.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Connection } from '../answers.ts';
import { endpointFields, looksFields, optionFields } from '../connection-forms.ts';
import { addressLine } from '../connection-setup.ts';
import { connectionTexts as texts } from '../connection-texts.ts';
import { allConnections, connectionPath, providerTitle } from '../connection-view.ts';
import type { EditForm } from '../edit-declaration.ts';
import { editCall, editForm, Refusal } from '../edit-form.ts';
import { saveForm } from '../edit-save.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';

/** The first steps of a new connection: the provider, and the things that it gave. The page of the connection has the others. */
export const newConnectionPage: ConsolePage = {
  path: '/connections/new',
  needs: 'configuration:change',
  async show(visit) {
    const provider = visit.ask('provider');
    return findConnector(provider) ? enter(visit, provider) : choose(visit);
  },
  async act(visit) {
    const provider = visit.ask('provider');
    if (!findConnector(provider)) return visit.url.pathname;
    const saved = await saveForm<Connection>(visit, formOf(visit, provider, ''));
    if (saved instanceof Refusal)
      return { ...(await enter(visit, provider, saved)), status: saved.problem.status };
    return 'view' in saved ? saved.view : connectionPath(saved.answer);
  },
};

function choose(visit: Visit): View {
  const { say, locale, url } = visit;
  const q = visit.ask('q').toLowerCase();
  const known = providers.map((provider) => ({ provider, title: providerTitle(provider) }));
  const found = known.filter(({ provider, title }) =>
    [provider, ...Object.values(title)].some((name) => name.toLowerCase().includes(q)),
  );
  const lines = found.map(
    ({ provider, title }) =>
      html`<li><a class="person" href="${url.pathname}?provider=${provider}">${markOf({ provider, title }, locale)}<span>${title[locale]}</span></a></li>
`,
  );
  const body = html`${head(visit)}
<form class="filters" action="${url.pathname}"><div class="text"><label for="f-q">${say(texts.chooseProvider)}</label>
<input id="f-q" name="q" type="search" value="${visit.ask('q')}" maxlength="60" autocomplete="off"></div><div class="send"><button>${say(texts.find)}</button></div></form>
${lines.length > 0 ? html`<ul class="choices">${lines}</ul>` : html`<p class="card">${say(texts.noProvider)}</p>`}`;
  return { title: say(texts.newTitle), body };
}

async function enter(visit: Visit, provider: string, refusal?: Refusal): Promise<View> {
  const { say, locale, issuer } = visit;
  const connector = findConnector(provider);
  const aliases = (await allConnections(visit)).map(({ alias }) => alias);
  const alias = String(refusal?.values.alias ?? freeAlias(provider, aliases));
  const form = formOf(visit, provider, alias);
  const title = providerTitle(provider)[locale];
  const body = html`${head(visit)}
<ol class="steps"><li class="card"><h2>${say(texts.step1, { provider: title })}</h2><p>${say(texts.step1What)}</p>
${addressLine(visit, texts.redirectUri, `${issuer}/connections/${alias}/callback`)}
<p class="quiet">${say(texts.guide, { provider })}</p></li>
<li class="card"><h2>${say(texts.step2)}</h2>${editForm(visit, form, refusal)}</li></ol>
<div class="tools">${editCall(visit, form)}</div>`;
  return { title: `${say(texts.newTitle)} · ${connector?.title[locale] ?? provider}`, body };
}

function head({ say }: Visit): Html {
  return html`<p><a href="/console/connections">← ${say(texts.title)}</a></p><h1>${say(texts.newTitle)}</h1>`;
}

function freeAlias(provider: string, taken: readonly string[]): string {
  const numbered = taken.map((_, index) => `${provider}-${index + 2}`);
  return [provider, ...numbered].find((alias) => !taken.includes(alias)) ?? provider;
}

function formOf(visit: Visit, provider: string, alias: string): EditForm {
  const own = findConnector(provider)?.perConnection ?? [];
  return {
    operation: 'POST /connections',
    fixed: { provider },
    item: { alias, for: 'login' },
    objects: { endpoints: 'all', options: 'changed' },
    whole: true,
    fields: [
      { name: 'alias', label: texts.alias, kind: 'text', required: true, hint: texts.aliasHint },
      { name: 'client_id', label: texts.clientId, kind: 'text', required: true },
      { name: 'client_secret', label: texts.clientSecret, kind: 'secret' },
      ...endpointFields(provider, own),
      ...optionFields(visit, provider),
      ...looksFields.filter(({ name }) => name !== 'position' && name !== 'hidden'),
    ],
    button: texts.add,
  };
}
