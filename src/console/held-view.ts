import type { Performed } from '../admin/perform.ts';
import { html } from '../kit/html.ts';
import { frameTexts as texts } from './frame-texts.ts';
import type { View, Visit } from './visit.ts';
import { timeText } from './zone.ts';

type Approval = Extract<Performed, { readonly done: false }>['approval'];

/** Returns the page after a change that waits for another owner. */
export function heldView({ id, expires_at: expires }: Approval, { say, zone }: Visit): View {
  const title = say(texts.heldTitle);
  const time = timeText(new Date(String(expires)), zone);
  const body = html`<h1>${title}</h1>
<p role="status">${say(texts.held, { time, id })}</p>
<p class="actions"><a class="button plain" href="/console/approvals/${id}">${say(texts.heldLook)}</a><a class="button plain" href="/console">${say(texts.toOverview)}</a></p>`;
  return { title, body, status: 202 };
}
