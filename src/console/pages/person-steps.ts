import type { Person } from '../answers.ts';
import { personTexts as texts } from '../person-texts.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { nameOf } from './person.ts';

const read = (visit: Visit) => visit.read<Person>('GET /users/{user}', { params: paramsOf(visit) });
const paramsOf = (visit: Visit) => ({ user: visit.param('user') });
const back = (visit: Visit) => `/console/people/${visit.param('user')}`;
const common = { needs: 'people:help', operation: 'PATCH /users/{user}', read, back } as const;

/** The steps that disable a person and undo it. */
export const personSteps: readonly ConsolePage[] = [
  stepPage<Person>({
    ...common,
    path: '/people/:user/disable',
    title: (person, visit) => visit.say(texts.disableTitle, { name: nameOf(person, visit) }),
    explain: (_person, { say }) => [say(texts.disableWhat), say(texts.disableUndo)],
    button: texts.disableButton,
    danger: true,
    reason: 'required',
    input: (_person, visit) => ({ params: paramsOf(visit), body: { disabled: true } }),
  }),
  stepPage<Person>({
    ...common,
    path: '/people/:user/enable',
    title: (person, visit) => visit.say(texts.enableTitle, { name: nameOf(person, visit) }),
    explain: (_person, { say }) => [say(texts.enableWhat)],
    button: texts.enableButton,
    reason: 'required',
    input: (_person, visit) => ({ params: paramsOf(visit), body: { disabled: false } }),
  }),
];
