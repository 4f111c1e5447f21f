import { html } from '../kit/html.ts';
import type { EditForm } from './edit-declaration.ts';
import { editCall, editForm, Refusal } from './edit-form.ts';
import { saveForm } from './edit-save.ts';
import type { Tab } from './tab-bar.ts';
import type { Visit } from './visit.ts';

/** Returns a tab with one form. People who may not change the item see its values, but support sees names only. */
export function formTab<Subject>(
  name: string,
  text: Tab<Subject>['text'],
  formOf: (visit: Visit, subject: Subject) => Promise<EditForm> | EditForm,
): Tab<Subject> {
  const content = async (visit: Visit, subject: Subject, refusal?: Refusal) => {
    const form = await formOf(visit, subject);
    return html`<section class="card">${editForm(visit, form, refusal)}</section>
<div class="tools">${editCall(visit, form)}</div>`;
  };
  return {
    name,
    text,
    shown: ({ caller }) => !caller.rights.namesOnly,
    content: (visit, subject) => content(visit, subject),
    async act(visit, subject) {
      const saved = await saveForm(visit, await formOf(visit, subject));
      if (saved instanceof Refusal)
        return { again: await content(visit, subject, saved), status: saved.problem.status };
      const query = new URLSearchParams({ ...(name !== '' && { tab: name }), done: 'saved' });
      return 'view' in saved ? saved.view : `${visit.url.pathname}?${query}`;
    },
  };
}
