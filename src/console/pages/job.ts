import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import { Problem } from '../../kit/problem.ts';
import { actorCell } from '../event-words.ts';
import { itemStates, type Job, type JobItem, jobTexts as texts } from '../job-texts.ts';
import type { ListDeclaration } from '../list-declaration.ts';
import { listPart } from '../list-page.ts';
import { canonical } from '../list-url.ts';
import { type Names, namesOf } from '../names.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import { actTitle, progressWords, stateBadge } from './jobs.ts';

const paramsOf = (visit: Visit) => ({ job: visit.param('job') });

/** A job: how far it is, what became of each row, and the ways to stop it. */
export const jobPage: ConsolePage = {
  path: '/jobs/:job',
  needs: 'people:read',
  async show(visit) {
    const address = canonical(visit, items);
    if (address !== undefined) return address;
    const job = await visit.read<Job>('GET /jobs/{job}', { params: paramsOf(visit) });
    const { say, zone } = visit;
    const title = actTitle(job, visit);
    const names = await namesOf(visit, { people: [job.by.id], apps: true });
    const isRunning = ['preparing', 'running'].includes(job.state);
    const ended = job.done + job.failed;
    const body = html`<h1>${title}</h1>
<div data-live="job"${isRunning && html` data-refresh`}><section class="card">
<p>${stateBadge(job, visit)} <span role="status">${progressWords(job, visit)}</span></p>
${job.total > 0 && html`<progress max="${job.total}" value="${ended}" aria-label="${say(texts.progress)}"></progress>`}
<dl><dt>${say(texts.by)}</dt><dd>${actorCell(job.by, visit, names)}</dd>
<dt>${say(texts.begun)}</dt><dd>${timeTag(job.created_at, zone, { seconds: true })}</dd>
<dt>${say(texts.ended)}</dt><dd>${timeTag(job.finished_at, zone, { seconds: true })}</dd>
<dt>${say(texts.reason)}</dt><dd class="name">${displayText(job.reason, 256) || '–'}</dd></dl>
${turns(job, visit)}</section></div>
${await listPart(visit, items)}`;
    return { title, body };
  },
  async act(visit) {
    const turn = turnNames.find((name) => name === visit.field('turn'));
    if (!turn) throw new Problem('invalid_body');
    await visit.change(`POST /jobs/{job}/${turn}`, { params: paramsOf(visit) });
    return `/console/jobs/${visit.param('job')}`;
  },
};

const turnNames = ['pause', 'resume', 'cancel'] as const;
const turnsOf: Readonly<Record<Job['state'], readonly (typeof turnNames)[number][]>> = {
  preparing: ['cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  done: [],
  cancelled: [],
  failed: [],
};

function turns({ id, state }: Job, { say, csrf, offers }: Visit) {
  const may = offers('POST /jobs/{job}/pause') && turnsOf[state].length > 0;
  const buttons = turnsOf[state].map(
    (turn) =>
      html`<button name="turn" value="${turn}" class="${turn === 'cancel' ? 'plain danger' : ''}">${say(texts[turn])}</button>`,
  );
  const form =
    may && html`<form method="post" action="/console/jobs/${id}" class="actions">${csrf}${buttons}</form>`;
  const reload = !['done', 'cancelled', 'failed'].includes(state);
  return html`${form}<p class="actions">${reload && html`<a class="button plain" href="/console/jobs/${id}">${say(texts.reload)}</a>`}
<a class="button plain" href="/console/events?request=${id}">${say(texts.events)}</a></p>`;
}

const items: ListDeclaration<JobItem, Names> = {
  path: '/jobs/:job',
  operation: 'GET /jobs/{job}/items',
  params: paramsOf,
  needs: 'people:read',
  title: texts.row,
  filters: [
    {
      name: 'state',
      label: texts.state,
      kind: 'several',
      words: itemStates,
    },
  ],
  columns: [
    {
      title: texts.row,
      cell: ({ id, user }) =>
        html`<a href="/console/people/${user}${id === user ? '' : `/identities/${id}`}"><code>${id}</code></a>`,
    },
    { title: texts.person, cell: ({ user }, _visit, names) => names.person(user) },
    { title: texts.connection, cell: ({ connection }) => html`${connection ?? '–'}` },
    { title: texts.state, cell: ({ state }, { say }) => say(itemStates[state]) },
    { title: texts.outcome, cell: ({ outcome }) => outcome && html`<code>${outcome}</code>` },
    { title: texts.when, cell: ({ at }, { zone }) => timeTag(at, zone, { seconds: true }) },
  ],
  context: (visit, all) => namesOf(visit, { people: all.map(({ user }) => user), apps: false }),
  empty: texts.noItems,
  idOf: ({ id }) => id,
};
