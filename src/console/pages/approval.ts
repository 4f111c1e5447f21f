import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import { adminTexts as texts } from '../admin-texts.ts';
import { actorCell } from '../event-words.ts';
import { apiCall } from '../list-tools.ts';
import { namesOf } from '../names.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import type { Approval } from './admins.ts';

const verdicts = ['approve', 'refuse', 'collect'] as const;
const paramsOf = (visit: Visit) => ({ approval: visit.param('approval') });

/** A change that waits for a second owner, with its content as it was sent. */
export const approvalPage: ConsolePage = {
  path: '/approvals/:approval',
  needs: 'admins:read',
  async show(visit) {
    const { say, zone, csrf, url, caller } = visit;
    const one = await visit.read<Approval>('GET /approvals/{approval}', { params: paramsOf(visit) });
    const names = await namesOf(visit, { people: [one.author.id], apps: false });
    const title = say(texts.approvalTitle);
    const content = JSON.stringify({ ...one.params, ...(one.body as object | null) }, null, 2);
    const isMine = one.author.id === caller.principal;
    const button = (verdict: (typeof verdicts)[number]) =>
      html`<button name="verdict" value="${verdict}" class="${verdict === 'refuse' ? 'plain' : ''}">${say(texts[verdict])}</button>`;
    const offered = {
      pending: visit.may('admins:change') && html`${!isMine && button('approve')}${button('refuse')}`,
      approved: isMine && html`<p>${say(texts.collectWhat)}</p>${button('collect')}`,
    }[one.state as string];
    const form =
      offered && html`<form method="post" action="${url.pathname}" class="actions">${csrf}${offered}</form>`;
    const body = html`<h1>${title}</h1><p>${say(texts.approvalWhat)}</p>
<dl class="card"><dt>${say(texts.what)}</dt><dd><code>${one.operation}</code></dd>
<dt>${say(texts.askedBy)}</dt><dd>${actorCell(one.author, visit, names)}</dd>
<dt>${say(texts.reason)}</dt><dd class="name">${displayText(one.reason, 256) || '–'}</dd>
<dt>${say(texts.state)}</dt><dd><code>${one.state}</code> ${one.failure && html`<code>${one.failure}</code>`}</dd>
<dt>${say(texts.until)}</dt><dd>${timeTag(one.expires_at, zone)}</dd></dl>
<section class="card"><h2>${say(texts.content)}</h2><pre>${content}</pre></section>${form}
<div class="tools">${apiCall(visit, `GET /approvals/${one.id}`)}</div>`;
    return { title, body, at: '/console/admins' };
  },
  async act(visit) {
    const verdict = verdicts.find((name) => name === visit.field('verdict')) ?? 'refuse';
    const input = { params: paramsOf(visit) };
    const performed = await visit.change(`POST /approvals/{approval}/${verdict}`, input);
    if (verdict !== 'collect' || !performed.done) return visit.url.pathname;
    const title = visit.say(texts.collected);
    const { answer } = performed.answer as { answer: unknown };
    const body = html`<h1>${title}</h1><p role="status">${visit.say(texts.collectedWhat)}</p><pre>${JSON.stringify(answer, null, 2)}</pre>`;
    return { title, body, at: '/console/admins' };
  },
};
