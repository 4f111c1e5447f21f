import { html } from '../../kit/html.ts';
import type { Api } from '../answers.ts';
import { apiFields as fields } from '../api-fields.ts';
import { keeperBadge } from '../drift.ts';
import type { EditForm } from '../edit-declaration.ts';
import { editTexts } from '../edit-texts.ts';
import { formTab } from '../form-tab.ts';
import { hookTexts as texts } from '../hook-texts.ts';
import { secretView } from '../secret-view.ts';
import { stepPage } from '../step-page.ts';
import { tabAct, tabContent } from '../tab-bar.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';

const list = '/console/apis';

const read = (visit: Visit) => visit.read<Api>('GET /apis/{api}', { params: { api: visit.param('api') } });

function formOf(visit: Visit, item: Api): EditForm {
  const params = { api: item.id };
  return {
    operation: 'PATCH /apis/{api}',
    params,
    item,
    fields,
    button: editTexts.save,
    reread: () => read(visit),
  };
}

const tabs = [formTab<Api>('', texts.settings, formOf)];

const apiPage: ConsolePage = {
  path: '/apis/:api',
  needs: 'configuration:read',
  needsToAct: 'configuration:change',
  async show(visit) {
    const api = await read(visit);
    return view(visit, api, visit.caller.rights.namesOnly ? html`` : await tabContent(visit, api, tabs));
  },
  async act(visit) {
    const api = await read(visit);
    return await tabAct(visit, api, { tabs, view: (content) => view(visit, api, content) });
  },
};

function view(visit: Visit, api: Api, content: View['body']): View {
  const { say, url } = visit;
  const step = (name: 'rotate' | 'remove', tone: string) =>
    html`<a class="button ${tone}" href="${url.pathname}/${name}">${say(name === 'rotate' ? texts.rotateApi : texts.remove)}</a>`;
  const acts =
    visit.may('configuration:change') &&
    html`<div class="actions">${step('rotate', 'plain')}${step('remove', 'danger')}</div>`;
  const known =
    api.has_secret === undefined ? undefined : say(api.has_secret ? texts.hasSecret : texts.hasNone);
  const body = html`<p><a href="${list}">← ${say(texts.apis)}</a></p>
<div class="head"><div><h1 class="name">${api.name}</h1><p class="quiet"><code>${api.identifier}</code> ${keeperBadge(api.managed_by, visit)}</p><p class="quiet">${known}</p></div>${acts}</div>
${visit.ask('done') === 'saved' && html`<p role="status" class="notice good">${say(editTexts.saved)}</p>`}
${content}`;
  return { title: api.name, body };
}

const common = {
  needs: 'configuration:change',
  read,
  reason: 'required',
  danger: true,
  keeper: ({ managed_by }: Api) => managed_by,
  input: ({ id, version }: Api) => ({ params: { api: id }, edit: { ifMatch: String(version) } }),
  back: (visit: Visit) => `${list}/${visit.param('api')}`,
} as const;

/** The page of an API, and the steps that change its secret or remove it. */
export const apiPages: readonly ConsolePage[] = [
  apiPage,
  stepPage<Api>({
    ...common,
    path: '/apis/:api/rotate',
    operation: 'POST /apis/{api}/secret',
    title: ({ name }, { say }) => say(texts.rotateApiTitle, { name }),
    explain: (_api, { say }) => [say(texts.rotateApiWhat)],
    button: texts.rotateApi,
    after(visit, { answer }) {
      const { client_id: id, client_secret: secret } = answer as { client_id: string; client_secret: string };
      return secretView(visit, { secret, id, onward: common.back(visit) });
    },
  }),
  stepPage<Api>({
    ...common,
    path: '/apis/:api/remove',
    operation: 'DELETE /apis/{api}',
    title: ({ name }, { say }) => say(texts.removeTitle, { name }),
    explain: (_api, { say }) => [say(texts.removeApiWhat)],
    button: texts.remove,
    typed: ({ identifier }) => identifier,
    fresh: true,
    after: () => list,
  }),
];
