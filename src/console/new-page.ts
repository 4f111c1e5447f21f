import { html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { EditForm } from './edit-declaration.ts';
import { editCall, editForm, Refusal } from './edit-form.ts';
import { saveForm } from './edit-save.ts';
import type { ConsolePage, View, Visit } from './visit.ts';

interface NewPage<Answer> {
  /** The path below `/console`. */
  readonly path: string;
  readonly title: Text;
  /** The page with the list. */
  readonly list: { readonly path: string; readonly title: Text };
  readonly form: EditForm;
  /** Returns the address to go to, or a page, e.g. with the secret. */
  readonly after: (visit: Visit, answer: Answer) => View | string;
}

/** Returns a page with the form of a new item. */
export function newPage<Answer>({ path, title, list, form, after }: NewPage<Answer>): ConsolePage {
  const view = (visit: Visit, refusal?: Refusal): View => ({
    title: visit.say(title),
    body: html`<p><a href="${list.path}">← ${visit.say(list.title)}</a></p><h1>${visit.say(title)}</h1>
<section class="card">${editForm(visit, form, refusal)}</section><div class="tools">${editCall(visit, form)}</div>`,
  });
  return {
    path,
    needs: 'configuration:change',
    async show(visit) {
      return view(visit);
    },
    async act(visit) {
      const saved = await saveForm<Answer>(visit, form);
      if (saved instanceof Refusal) return { ...view(visit, saved), status: saved.problem.status };
      return 'view' in saved ? saved.view : after(visit, saved.answer);
    },
  };
}
