import { html } from '../../kit/html.ts';
import type { AuditEvent } from '../answers.ts';
import { actorTexts } from '../event-texts.ts';
import {
  actorCell,
  type EventSentences,
  eventSentence,
  eventSentences,
  eventSubject,
  eventTypeOptions,
} from '../event-words.ts';
import type { Filter, ListDeclaration } from '../list-declaration.ts';
import { listPage } from '../list-page.ts';
import { type Names, namesOf } from '../names.ts';
import { timeTag } from '../zone.ts';

export interface EventContext {
  readonly names: Names;
  readonly words: EventSentences;
}

const when: readonly Filter[] = [
  { name: 'type', label: { en: 'What', zh: '事件' }, kind: 'several', options: eventTypeOptions },
  {
    name: 'actor',
    label: { en: 'Done by', zh: '操作者' },
    kind: 'several',
    words: actorTexts,
  },
  { name: 'since', label: { en: 'From', zh: '起始' }, kind: 'time' },
  { name: 'until', label: { en: 'Until', zh: '截止' }, kind: 'time' },
  { name: 'q', label: { en: 'Reason or detail', zh: '原因或详情' }, kind: 'text' },
];

const about: readonly Filter[] = [
  { name: 'user', label: { en: 'Person (id)', zh: '用户（ID）' }, kind: 'text', more: true },
  { name: 'app', label: { en: 'App (id)', zh: '应用（ID）' }, kind: 'text', more: true },
  { name: 'connection', label: { en: 'Connection', zh: '身份源' }, kind: 'text', more: true },
  { name: 'identity', label: { en: 'Linked account (id)', zh: '关联账号（ID）' }, kind: 'text', more: true },
  {
    name: 'request',
    label: { en: 'Request', zh: '请求' },
    kind: 'text',
    more: true,
    hint: { en: 'req_…', zh: 'req_…' },
  },
  { name: 'address', label: { en: 'Address', zh: '地址' }, kind: 'text', more: true },
];

/** The audit log. A person's page has it too, with the person fixed. */
export const eventList: ListDeclaration<AuditEvent, EventContext> = {
  path: '/events',
  operation: 'GET /events',
  needs: 'events:read',
  title: { en: 'Events', zh: '事件' },
  live: true,
  exports: { list: 'events' },
  filters: when,
  columns: [
    {
      title: { en: 'When', zh: '时间' },
      cell: ({ at }, { zone }) => timeTag(at, zone, { seconds: true }),
    },
    {
      title: { en: 'What', zh: '事件' },
      cell: (event, visit, { words }) => eventSentence(event, visit, words),
    },
    {
      title: { en: 'Done by', zh: '操作者' },
      cell: ({ actor }, visit, { names }) => actorCell(actor, visit, names),
    },
    {
      title: { en: 'About', zh: '对象' },
      cell: (event, visit, { names }) => eventSubject(event, visit, names),
    },
    {
      title: { en: 'Address', zh: '地址' },
      cell: ({ address }) => html`<span class="name">${address ?? '–'}</span>`,
    },
  ],
  async context(visit, items) {
    const people = items.flatMap(({ user, actor }) => [user, actor?.id ?? null]);
    const [names, words] = await Promise.all([namesOf(visit, { people, apps: true }), eventSentences(visit)]);
    return { names, words };
  },
  empty: { en: 'Nothing has happened yet.', zh: '还没有任何事件。' },
  idOf: ({ id }) => id,
};

export const eventsPage = listPage<AuditEvent, EventContext>({
  ...eventList,
  filters: [...when, ...about],
  instead: ({ caller, ask }) =>
    caller.rights.namesOnly && ask('user') === ''
      ? {
          en: 'Support reads the events of one person. Open the person first, and then the tab “Events”.',
          zh: '支持角色只能查看单个用户的事件。请先打开该用户，再查看“事件”标签。',
        }
      : undefined,
});
