import type { HtmlPart } from '../kit/html.ts';
import { html } from '../kit/html.ts';
import type { Problem } from '../kit/problem.ts';
import { driftField } from './drift.ts';
import type { EditForm } from './edit-declaration.ts';
import { fieldInput } from './edit-fields.ts';
import { editTexts as texts } from './edit-texts.ts';
import { setAt, type Values, valuesOf } from './edit-values.ts';
import { apiCall } from './list-tools.ts';
import type { Visit } from './visit.ts';

/** A form that the API has refused, to be shown again. */
export class Refusal {
  readonly problem: Problem;
  readonly values: Values;

  constructor(problem: Problem, values: Values) {
    this.problem = problem;
    this.values = values;
  }

  /** The fields at fault. The messages of the API are English. */
  get faults(): readonly { readonly path: string; readonly message: string }[] {
    const { errors } = this.problem.members;
    return Array.isArray(errors) ? errors : [];
  }
}

/** Returns the form. After a refusal it has the values that were sent, and says what was at fault. */
export function editForm(visit: Visit, form: EditForm, refusal?: Refusal): HtmlPart {
  const { say, csrf, url } = visit;
  const { item, fields, action = url.pathname + url.search, reason, button } = form;
  const seen = valuesOf(form.fields, item);
  const values = { ...seen, ...refusal?.values };
  const mayChange = visit.may('configuration:change');
  const asked = String(refusal?.problem.members.managed_by ?? item?.managed_by ?? '');
  const file = fields.some(({ kind }) => kind === 'picture') && html` enctype="multipart/form-data"`;
  const faultAt = (name: string) => refusal?.faults.find(({ path }) => path === name)?.message;
  return html`${refusal && refused(visit, refusal)}${form.about && html`<p>${say(form.about)}</p>`}
<form class="stack edit" method="post" action="${action}"${file} data-warn autocomplete="off">${csrf}
<input type="hidden" name="version" value="${item?.version}"><input type="hidden" name="seen" value="${JSON.stringify(seen)}">
<fieldset class="bare"${!mayChange && html` disabled`}>
${fields.map((field) => fieldInput(visit, field, { value: values[field.name], fault: faultAt(field.name) }))}
${reason && html`<div><label for="reason">${say(reason)}</label><input id="reason" name="reason" maxlength="256" value="${visit.field('reason')}"></div>`}
${mayChange && html`${asked !== '' && driftField(asked, visit)}<div><button>${say(button)}</button></div>`}</fieldset></form>`;
}

function refused({ say, locale }: Visit, { problem, faults }: Refusal): HtmlPart {
  const lines = faults.map(
    ({ path, message }) => html`<li lang="en">${path && html`<code>${path}</code> `}${message}</li>`,
  );
  const detail = locale !== 'en' && lines.length === 0 && html`<p lang="en">${problem.message}</p>`;
  return html`<div class="notice bad" role="alert"><p>${say(texts.notSaved)} ${(lines.length === 0 || locale !== 'en') && problem.sentence[locale]}</p>
${detail}${lines.length > 0 && html`<ul>${lines}</ul>`}</div>`;
}

/** Returns the change as a call of the admin API, with the present values and without secrets. */
export function editCall(visit: Visit, { operation, params = {}, item, fields, fixed }: EditForm): HtmlPart {
  const path = operation.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const shown = fields.filter(({ kind }) => !['secret', 'picture', 'decision'].includes(kind));
  const body: Record<string, unknown> = { ...fixed };
  for (const [name, value] of Object.entries(valuesOf(shown, item)))
    if (value !== null && value !== '') setAt(body, name, value);
  return apiCall(visit, path, {}, { body, version: item?.version });
}
