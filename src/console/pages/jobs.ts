import { html } from '../../kit/html.ts';
import { actorCell } from '../event-words.ts';
import { actTexts, type Job, jobStates, jobTexts as texts } from '../job-texts.ts';
import { listPage } from '../list-page.ts';
import { type Names, namesOf } from '../names.ts';
import type { Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';

/** The acts on many, the newest first. */
export const jobsPage = listPage<Job, Names>({
  path: '/jobs',
  operation: 'GET /jobs',
  needs: 'people:read',
  title: texts.jobs,
  live: true,
  filters: [],
  columns: [
    {
      title: texts.act,
      cell: (job, visit) => html`<a href="/console/jobs/${job.id}">${actTitle(job, visit)}</a>`,
    },
    { title: texts.state, cell: (job, visit) => stateBadge(job, visit) },
    { title: texts.progress, cell: (job, visit) => progressWords(job, visit) },
    { title: texts.by, cell: ({ by }, visit, names) => actorCell(by, visit, names) },
    { title: texts.begun, cell: ({ created_at: at }, { zone }) => timeTag(at, zone) },
    { title: texts.ended, cell: ({ finished_at: at }, { zone }) => timeTag(at, zone) },
  ],
  context: (visit, jobs) => namesOf(visit, { people: jobs.map(({ by }) => by.id), apps: true }),
  empty: texts.none,
  idOf: ({ id }) => id,
});

export function actTitle({ act }: Job, { say }: Visit): string {
  return act in actTexts ? say(actTexts[act as keyof typeof actTexts].title) : act;
}

export function stateBadge({ state }: Job, { say }: Visit) {
  const look = state === 'failed' ? ' bad' : state === 'done' ? ' good' : '';
  return html`<span class="badge${look}">${say(jobStates[state])}</span>`;
}

export function progressWords({ done, failed, total }: Job, { say }: Visit): string {
  return say(texts.progressOf, { done: `${done}`, failed: `${failed}`, total: `${total}` });
}
