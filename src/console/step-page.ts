import type { Performed } from '../admin/perform.ts';
import type { Permission } from '../admin/roles.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { CallInput } from './call.ts';
import { heldView } from './held-view.ts';
import { apiCall } from './list-tools.ts';
import type { ConsolePage, Visit } from './visit.ts';

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
  readonly title: (subject: Subject, visit: Visit) => string;
  /** What happens, what follows, and what cannot be undone. */
  readonly explain: (subject: Subject, visit: Visit) => readonly HtmlPart[];
  readonly button: Text;
  readonly danger?: boolean;
  /** The person says why. The reason is kept in the event. */
  readonly reason: 'required' | 'none';
  readonly input: (subject: Subject, visit: Visit) => CallInput;
  /** The address of the page before. */
  readonly back: (visit: Visit) => string;
  /** The address after it; default: the page before. */
  readonly after?: (visit: Visit, performed: Performed) => string;
}

export function stepPage<Subject>(step: StepDeclaration<Subject>): ConsolePage {
  const { path, needs, operation, read, title, explain, button, danger, reason, input, back, after } = step;
  return {
    path,
    needs,
    async show(visit) {
      const { say, csrf, url } = visit;
      const subject = await read(visit);
      const heading = title(subject, visit);
      const field =
        reason === 'required' &&
        html`<div><label for="reason">${say(texts.reason)}</label>
<input id="reason" name="reason" required maxlength="256" autocomplete="off"><p class="quiet">${say(texts.reasonHint)}</p></div>`;
      const body = html`<h1 class="name">${heading}</h1>
${explain(subject, visit).map((part) => part && html`<p>${part}</p>`)}
<form class="stack narrow" method="post" action="${url.pathname}" data-warn>${csrf}${field}
<button class="${danger ? 'danger' : ''}">${say(button)}</button>
<a class="button plain" href="${back(visit)}">${say(texts.cancel)}</a></form>
<div class="tools">${apiCall(
        visit,
        operation.replace(/\{(\w+)\}/g, (_, name: string) => visit.param(name)),
      )}</div>`;
      return { title: heading, body };
    },
    async act(visit) {
      const said = visit.field('reason');
      const subject = await read(visit);
      const call = input(subject, visit);
      const performed = await visit.change(operation, { ...call, ...(said !== '' && { reason: said }) });
      if (!performed.done) return heldView(performed.approval, visit);
      return after ? after(visit, performed) : back(visit);
    },
  };
}

const texts = {
  reason: { en: 'Why?', zh: '原因' },
  reasonHint: { en: 'It is kept in the event.', zh: '原因会保存在事件中。' },
  cancel: { en: 'Cancel', zh: '取消' },
} satisfies Record<string, Text>;
