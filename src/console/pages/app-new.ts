import { html } from '../../kit/html.ts';
import type { App } from '../answers.ts';
import { basicFields } from '../app-forms.ts';
import { appTexts as texts } from '../app-texts.ts';
import type { EditForm } from '../edit-declaration.ts';
import { editCall, editForm, Refusal } from '../edit-form.ts';
import { saveForm } from '../edit-save.ts';
import { secretView } from '../secret-view.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';

const types = ['web', 'spa', 'native', 'service'] as const;

const form: EditForm = {
  operation: 'POST /apps',
  whole: true,
  item: { type: 'web' },
  fields: [
    {
      name: 'type',
      label: texts.type,
      kind: 'choice',
      required: true,
      options: types.map((value) => ({ value, text: texts[value] })),
    },
    ...basicFields,
  ],
  button: texts.add,
};

/** Registers an app. The answer has its secret, this once. */
export const newAppPage: ConsolePage = {
  path: '/apps/new',
  needs: 'configuration:change',
  async show(visit) {
    return view(visit);
  },
  async act(visit) {
    const saved = await saveForm<App & { client_secret: string | null }>(visit, form);
    if (saved instanceof Refusal) return { ...view(visit, saved), status: saved.problem.status };
    if ('view' in saved) return saved.view;
    const { client_id: id, client_secret: secret } = saved.answer;
    const onward = `/console/apps/${id}?tab=policy`;
    return secret === null ? onward : secretView(visit, { secret, id, onward });
  },
};

function view(visit: Visit, refusal?: Refusal): View {
  const { say } = visit;
  const title = say(texts.add);
  const body = html`<p><a href="/console/apps">← ${say(texts.title)}</a></p><h1>${title}</h1>
<section class="card">${editForm(visit, form, refusal)}</section><div class="tools">${editCall(visit, form)}</div>`;
  return { title, body };
}
