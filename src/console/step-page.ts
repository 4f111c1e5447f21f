import { requireRecentSignIn } from '../admin/dangerous-change.ts';
import type { Download } from '../admin/download.ts';
import type { Performed } from '../admin/perform.ts';
import type { Permission } from '../admin/roles.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import { fill, type Text } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import type { CallInput } from './call.ts';
import { driftField, overrideOf } from './drift.ts';
import { editTexts } from './edit-texts.ts';
import { heldView } from './held-view.ts';
import { apiCall, filledIn } from './list-tools.ts';
import type { ConsolePage, View, Visit } from './visit.ts';

/**
 * A change as a page of its own: GET says what it does, what follows and what cannot be undone; POST makes it. The page is a
 * view of one operation. Under ADMIN_APPROVALS it may wait for another owner, which the next page says.
 */
export interface StepDeclaration<Subject> {
  /** The path below `/console`. */
  readonly path: string;
  readonly needs: Permission;
  /** Method and path in the admin API. */
  readonly operation: string;
  /** Reads the thing that is changed. */
  readonly read: (visit: Visit) => Promise<Subject>;
  /** A reason why the change cannot be made now. */
  readonly refuse?: (subject: Subject) => Text | undefined;
  readonly title: (subject: Subject, visit: Visit) => string;
  /** What happens, what follows, and what cannot be undone. */
  readonly explain: (subject: Subject, visit: Visit) => readonly HtmlPart[];
  /** Further fields of the form. */
  readonly fields?: (subject: Subject, visit: Visit) => HtmlPart;
  readonly button: Text;
  readonly danger?: boolean;
  /** The person says why. The reason is kept in the event. */
  readonly reason: 'required' | 'none';
  /** The name that the person types before a change that cannot be undone. */
  readonly typed?: (subject: Subject, visit: Visit) => string;
  /** The change needs a sign-in of the last minutes, beyond what the API asks for. */
  readonly fresh?: true;
  /** The tool that keeps the subject. */
  readonly keeper?: (subject: Subject) => string | null | undefined;
  readonly input: (subject: Subject, visit: Visit) => CallInput;
  /** The address of the page before. */
  readonly back: (visit: Visit) => string;
  /** The address after it, a file, or a page, e.g. with a new secret; default: the page before. */
  readonly after?: (
    visit: Visit,
    performed: Extract<Performed, { readonly done: true }>,
    subject: Subject,
  ) => string | Download | View;
}

export function stepPage<Subject>(step: StepDeclaration<Subject>): ConsolePage {
  const { path, needs, operation, read, title, explain, button, danger, reason, input, back, after } = step;
  const { typed, fresh, keeper, refuse, fields } = step;
  async function readToChange(visit: Visit): Promise<Subject> {
    const subject = await read(visit);
    const refused = refuse?.(subject);
    if (refused) throw new Problem('conflict', { detail: refused });
    return subject;
  }
  return {
    path,
    needs,
    async show(visit) {
      const { say, csrf, url, request } = visit;
      const subject = await readToChange(visit);
      const heading = title(subject, visit);
      const field = html`${fields?.(subject, visit)}${reason === 'required' && reasonInput(visit)}`;
      const name = typed?.(subject, visit);
      const kept = keeper?.(subject);
      const asked = html`${name !== undefined && html`<div><label for="typed">${say(editTexts.typeName, { name })}</label><input id="typed" name="typed" required maxlength="200" autocomplete="off" spellcheck="false"></div>`}
${kept && driftField(kept, visit)}`;
      const body = html`<h1 class="name">${heading}</h1>
${explain(subject, visit).map((part) => part && html`<p>${part}</p>`)}
<form class="stack narrow" method="post" action="${url.pathname}" data-warn>${csrf}${field}${asked}
<button class="${danger ? 'danger' : ''}">${say(button)}</button>
<a class="button plain" href="${back(visit)}">${say(texts.cancel)}</a></form>
<div class="tools">${apiCall(visit, filledIn(operation, request.params as Readonly<Record<string, string>>))}</div>`;
      return { title: heading, body };
    },
    async act(visit) {
      const said = visit.field('reason');
      if (reason === 'required' && said === '')
        throw new Problem('invalid_request', { detail: texts.reasonMissing });
      const subject = await readToChange(visit);
      const call = input(subject, visit);
      const name = typed?.(subject, visit);
      if (name !== undefined && visit.field('typed') !== name) throw typedWrong(name);
      if (fresh) requireRecentSignIn(visit.caller);
      const edit = keeper && { override: overrideOf(visit) };
      const performed = await visit.change(operation, {
        ...call,
        ...(said !== '' && { reason: said }),
        ...(edit && { edit: { ...edit, ...call.edit } }),
      });
      if (!performed.done) return heldView(performed.approval, visit);
      return after ? after(visit, performed, subject) : back(visit);
    },
  };
}

function typedWrong(name: string): Problem {
  const detail = {
    en: fill(editTexts.typedWrong, 'en', { name }),
    zh: fill(editTexts.typedWrong, 'zh', { name }),
  };
  return new Problem('invalid_request', { detail });
}

/** Returns the field in which the person says why. */
export function reasonInput({ say, field }: Pick<Visit, 'say' | 'field'>): HtmlPart {
  return html`<div><label for="reason">${say(texts.reason)}</label>
<input id="reason" name="reason" value="${field('reason')}" required maxlength="256" autocomplete="off"><p class="quiet">${say(texts.reasonHint)}</p></div>`;
}

const texts = {
  reason: { en: 'Why?', zh: '原因' },
  reasonHint: {
    en: 'It is kept in the event. Write no names of people.',
    zh: '原因会保存在事件中，请勿填写可识别用户身份的内容。',
  },
  reasonMissing: { en: 'Say why. Nothing was changed.', zh: '请填写原因，未作任何更改。' },
  cancel: { en: 'Cancel', zh: '取消' },
} satisfies Record<string, Text>;
