import { Download } from '../../admin/download.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import { Problem } from '../../kit/problem.ts';
import type { Person } from '../answers.ts';
import type { Consent } from '../person-access.ts';
import { accessTexts as texts } from '../person-access-texts.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { nameOf } from './person.ts';

const paramsOf = (visit: Visit) => ({ user: visit.param('user') });
const read = (visit: Visit) => visit.read<Person>('GET /users/{user}', { params: paramsOf(visit) });
const pageOf = (visit: Visit, tab = '') => `/console/people/${visit.param('user')}${tab && `?tab=${tab}`}`;
const common = { read, back: (visit: Visit) => pageOf(visit), reason: 'required' } as const;

interface PersonWithConsent {
  readonly person: Person;
  readonly consent: Consent;
}

/** The steps that take access away, and those on a person as a whole. */
export const personAccessSteps: readonly ConsolePage[] = [
  stepPage<PersonWithConsent>({
    path: '/people/:user/consents/:app/withdraw',
    needs: 'people:help',
    operation: 'DELETE /users/{user}/consents/{app}',
    async read(visit) {
      const params = paramsOf(visit);
      const consents = await visit.read<{ items: Consent[] }>('GET /users/{user}/consents', { params });
      const consent = consents.items.find(({ app }) => app === visit.param('app'));
      if (!consent) throw new Problem('not_found');
      return { person: await read(visit), consent };
    },
    title: ({ person, consent }, visit) =>
      visit.say(texts.withdrawTitle, { name: nameOf(person, visit), app: displayText(consent.name) }),
    explain: (_subject, { say }) => [say(texts.withdrawWhat), say(texts.withdrawKept)],
    button: texts.withdrawButton,
    danger: true,
    reason: 'required',
    input: ({ consent }, visit) => ({ params: { ...paramsOf(visit), app: consent.app } }),
    back: (visit) => pageOf(visit, 'consents'),
  }),
  stepPage<Person>({
    ...common,
    path: '/people/:user/sessions/:session/end',
    needs: 'people:help',
    operation: 'DELETE /users/{user}/sessions/{session}',
    title: (person, visit) => visit.say(texts.endTitle, { name: nameOf(person, visit) }),
    explain: (_person, { say }) => [say(texts.endWhat)],
    button: texts.endButton,
    input: (_person, visit) => ({ params: { ...paramsOf(visit), session: visit.param('session') } }),
    back: (visit) => pageOf(visit, 'sessions'),
  }),
  stepPage<Person>({
    ...common,
    path: '/people/:user/sign-out',
    needs: 'people:help',
    operation: 'DELETE /users/{user}/sessions',
    title: (person, visit) => visit.say(texts.signOutTitle, { name: nameOf(person, visit) }),
    explain: (_person, { say }) => [say(texts.signOutWhat)],
    button: texts.signOutButton,
    input: (_person, visit) => ({ params: paramsOf(visit) }),
  }),
  stepPage<Person>({
    ...common,
    path: '/people/:user/export',
    needs: 'people:export',
    operation: 'GET /users/{user}/export',
    title: (person, visit) => visit.say(texts.exportTitle, { name: nameOf(person, visit) }),
    explain: (_person, { say }) => [say(texts.exportWhat)],
    button: texts.exportButton,
    input: (_person, visit) => ({ params: paramsOf(visit) }),
    after: (visit, { answer }) =>
      new Download({
        filename: `${visit.param('user')}.json`,
        type: 'application/json',
        chunks: oneChunk(JSON.stringify(answer, null, 2)),
      }),
  }),
  stepPage<{ readonly person: Person; readonly same: readonly string[] }>({
    path: '/people/:user/merge',
    needs: 'people:remove',
    operation: 'POST /users/{user}/merge',
    async read(visit) {
      const same = await visit.read<{ users: string[] }>('GET /users/{user}/same-person', {
        params: paramsOf(visit),
      });
      return { person: await read(visit), same: same.users };
    },
    title: ({ person }, visit) => visit.say(texts.mergeTitle, { name: nameOf(person, visit) }),
    refuse: ({ same }) => (same.length === 0 ? texts.mergeNone : undefined),
    explain: (_subject, { say }) => [say(texts.mergeWhat)],
    fields: ({ same }, { say }) =>
      html`<div><label for="from">${say(texts.mergeFrom)}</label><select id="from" name="from">${same.map((id) => html`<option>${id}</option>`)}</select></div>`,
    typed: ({ person }, visit) => nameOrId(person, visit),
    button: texts.mergeButton,
    danger: true,
    reason: 'required',
    input: (_subject, visit) => ({ params: paramsOf(visit), body: { from: visit.field('from') } }),
    back: (visit) => pageOf(visit),
  }),
  stepPage<Person>({
    ...common,
    path: '/people/:user/erase',
    needs: 'people:remove',
    operation: 'POST /users/{user}/erase',
    title: (person, visit) => visit.say(texts.eraseTitle, { name: nameOf(person, visit) }),
    explain: (_person, { say }) => [say(texts.eraseWhat), say(texts.eraseKept)],
    typed: nameOrId,
    button: texts.eraseButton,
    danger: true,
    input: (_person, visit) => ({ params: paramsOf(visit), body: {} }),
    after(visit, { answer }, person) {
      const { say } = visit;
      const { progress_url: address } = answer as { progress_url: string };
      const title = say(texts.erased, { name: nameOf(person, visit) });
      const body = html`<h1 class="name">${title}</h1>
<p role="status">${say(texts.erasedHint)}</p><p><code>${address}</code></p>
<p class="actions"><a class="button plain" href="/console/people">${say(texts.toPeople)}</a></p>`;
      return { title, body };
    },
  }),
];

/** Returns the words to type: a person without a name has the id. */
function nameOrId(person: Person, visit: Visit): string {
  return (person.name === null ? '' : nameOf(person, visit).trim()) || person.id;
}

async function* oneChunk(text: string): AsyncGenerator<string> {
  yield text;
}
