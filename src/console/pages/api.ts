import { html } from '../../kit/html.ts';
import type { Api } from '../answers.ts';
import { apiFields as fields } from '../api-fields.ts';
import { connectionOptions } from '../connection-options.ts';
import { keeperBadge } from '../drift.ts';
import type { EditForm } from '../edit-declaration.ts';
import { editTexts } from '../edit-texts.ts';
import { formTab } from '../form-tab.ts';
import { hookTexts as texts } from '../hook-texts.ts';
import { itemPage, stepButton } from '../item-page.ts';
import { policyField } from '../policy-grid.ts';
import { secretView } from '../secret-view.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';

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

async function policyForm(visit: Visit, item: Api): Promise<EditForm> {
  const connections = policyField(await connectionOptions(visit), 'api');
  const client = { name: 'client', label: texts.actsAs, kind: 'text', hint: texts.actsAsHint } as const;
  return { ...formOf(visit, item), about: texts.apiPolicyWhat, fields: [connections, client] };
}

const apiPage = itemPage<Api>({
  path: '/apis/:api',
  read,
  list: { path: list, title: texts.apis },
  tabs: [formTab<Api>('', texts.settings, formOf), formTab<Api>('policy', texts.onBehalf, policyForm)],
  name: ({ name }) => name,
  about: (
    { identifier, managed_by: keeper, has_secret: secret },
    visit,
  ) => html`<p class="quiet"><code>${identifier}</code> ${keeperBadge(keeper, visit)}</p>
<p class="quiet">${secret !== undefined && visit.say(secret ? texts.hasSecret : texts.hasNone)}</p>`,
  acts: (_api, visit) =>
    html`${stepButton(visit, 'rotate', visit.say(texts.rotateApi), 'plain')}${stepButton(visit, 'remove', visit.say(texts.remove), 'danger')}`,
});

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
