import type { z } from 'zod';
import { actOf, bulkActs } from '../../admin/bulk/acts.ts';
import type { plan } from '../../admin/bulk/shapes.ts';
import { type Html, html } from '../../kit/html.ts';
import { Problem } from '../../kit/problem.ts';
import { heldView } from '../held-view.ts';
import { actTexts, type Job, jobTexts as texts } from '../job-texts.ts';
import { apiCall } from '../list-tools.ts';
import { queryIn } from '../list-url.ts';
import { reasonInput } from '../step-page.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';

type Plan = z.output<typeof plan>;
type ActName = keyof typeof actTexts;

/** Only owners choose more. */
const mostOfOperators = 1_000;

/** One act for many rows of a list. GET counts them by a dry run; POST begins a job. The address has the selection. */
export const newJobPage: ConsolePage = {
  path: '/jobs/new/:act',
  needs: 'people:bulk',
  show: async (visit) => view(visit, await countRows(visit)),
  async act(visit) {
    const act = actIn(visit);
    const counted = await countRows(visit);
    // The rows may be others than those that the page counted.
    if (isDangerous(act) && visit.field('count') !== String(counted.items))
      return { ...view(visit, counted, { wrong: true }), status: 409 };
    const reason = visit.field('reason');
    const body = { act, selection: selectionOf(visit), ...(reason !== '' && { reason }) };
    const begun = await visit.change('POST /jobs', { body });
    if (!begun.done) return heldView(begun.approval, visit);
    const { job } = begun.answer as { job: Job };
    return `/console/jobs/${job.id}`;
  },
};

/** @throws Problem not_found */
function actIn(visit: Visit): ActName {
  const act = visit.param('act');
  if (!actOf(act)) throw new Problem('not_found');
  return act as ActName;
}

const isDangerous = (act: ActName) => bulkActs[act].dangerous;

async function countRows(visit: Visit): Promise<Plan> {
  const body = { act: actIn(visit), selection: selectionOf(visit), dry_run: true };
  const { plan: counted } = await visit.read<{ plan: Plan }>('POST /jobs', { body });
  return counted;
}

/** Parameters of a list that are no filter. */
const ofThePage = new Set(['limit', 'cursor', 'sort', 'reveal', 'zone', 'live', 'tab']);

/** Returns the ticked rows, or the filter of the list. */
function selectionOf({ url, ask }: Visit) {
  if (ask('all') !== '1') return { ids: url.searchParams.getAll('id') };
  const given = [...new URLSearchParams(ask('filter'))].filter(([name]) => !ofThePage.has(name));
  return { filter: queryIn(given) };
}

function view(visit: Visit, counted: Plan, { wrong = false } = {}): View {
  const { say, csrf, url, caller } = visit;
  const act = actIn(visit);
  const title = say(actTexts[act].title);
  const list = bulkActs[act].list === 'GET /users' ? '/console/people' : '/console/identities';
  const back = html`<a class="button plain" href="${list}${visit.ask('filter')}">${say(texts.back)}</a>`;
  const count = counted.items.toLocaleString('en');
  const sentence = (text: string) =>
    html`<p class="card" role="alert">${text}</p><p class="actions">${back}</p>`;
  const many = counted.more || counted.items > mostOfOperators;
  const form = html`<form class="stack narrow" method="post" action="${url.pathname}${url.search}" data-warn>${csrf}
${wrong && html`<p role="alert">${say(texts.wrongCount, { count })}</p>`}
${isDangerous(act) && reasonInput(visit)}
${isDangerous(act) && html`<div><label for="count">${say(texts.typeCount, { count: `${counted.items}` })}</label><input id="count" name="count" required inputmode="numeric" autocomplete="off"></div>`}
<button class="${isDangerous(act) ? 'danger' : ''}">${say(texts.begin)}</button>${back}</form>
<div class="tools">${apiCall(visit, 'POST /jobs')}</div>`;
  const body = html`<h1>${title}</h1>
<p>${say(actTexts[act].what)} ${say(texts.later)}</p>
<dl class="card"><dt>${say(texts.count)}</dt><dd><strong>${counted.more ? say(texts.countMore, { count }) : count}</strong></dd>
${connectionRows(visit, counted)}</dl>
${counted.items === 0 ? sentence(say(texts.nothing)) : many && caller.role !== 'owner' ? sentence(say(texts.tooMany)) : form}`;
  return { title, body, at: '/console/jobs' };
}

function connectionRows({ say }: Visit, { connections, seconds }: Plan): Html {
  const each = Object.entries(connections).map(([alias, n]) => `${alias} ${n}`);
  const duration = seconds < 60 ? `${seconds} s` : say(texts.minutes, { n: `${Math.ceil(seconds / 60)}` });
  return html`${each.length > 0 && html`<dt>${say(texts.perConnection)}</dt><dd>${each.join(', ')}</dd>`}
${seconds > 0 && html`<dt>${say(texts.duration)}</dt><dd>${duration}</dd>`}`;
}
