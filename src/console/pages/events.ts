import { html } from '../../kit/html.ts';
import { actorKinds } from '../../kit/request-context.ts';
import type { AuditEvent } from '../answers.ts';
import { actorTexts } from '../event-texts.ts';
import { actorCell, eventLink, eventSubject } from '../event-words.ts';
import { listPage } from '../list-page.ts';
import { type Names, namesOf } from '../names.ts';
import { timeTag } from '../zone.ts';

/** The list of events: their type, their cause and their address. */
export const eventsPage = listPage<AuditEvent, Names>({
  path: '/events',
  operation: 'GET /events',
  needs: 'events:read',
  title: { en: 'Events', zh: '事件' },
  live: true,
  exports: { list: 'events', needs: 'events:read' },
  filters: [
    { name: 'type', label: { en: 'What', zh: '事件类型' }, kind: 'text' },
    {
      name: 'actor',
      label: { en: 'Done by', zh: '操作者' },
      kind: 'several',
      options: () => actorKinds.map((value) => ({ value, text: actorTexts[value] })),
    },
    { name: 'user', label: { en: 'Person (id)', zh: '用户（ID）' }, kind: 'text' },
    { name: 'app', label: { en: 'App (id)', zh: '应用（ID）' }, kind: 'text' },
    { name: 'connection', label: { en: 'Connection', zh: '身份源' }, kind: 'text' },
    { name: 'identity', label: { en: 'Linked account (id)', zh: '关联账号（ID）' }, kind: 'text' },
    {
      name: 'request',
      label: { en: 'Request', zh: '请求' },
      kind: 'text',
      hint: { en: 'req_…', zh: 'req_…' },
    },
    { name: 'address', label: { en: 'Address', zh: '地址' }, kind: 'text' },
    { name: 'since', label: { en: 'From', zh: '起始' }, kind: 'time' },
    { name: 'until', label: { en: 'Until', zh: '截止' }, kind: 'time' },
  ],
  columns: [
    {
      title: { en: 'When', zh: '时间' },
      cell: (event, { zone }) =>
        html`<a href="/console/events/${event.id}">${timeTag(event.at, zone, { seconds: true })}</a>`,
    },
    { title: { en: 'What', zh: '事件' }, cell: (event, visit) => eventLink(event, visit) },
    {
      title: { en: 'Done by', zh: '操作者' },
      cell: ({ actor }, visit, names) => actorCell(actor, visit, names),
    },
    { title: { en: 'About', zh: '对象' }, cell: (event, visit, names) => eventSubject(event, visit, names) },
    { title: { en: 'Address', zh: '地址' }, cell: ({ address }) => address },
  ],
  context: (visit, items) =>
    namesOf(visit, { people: items.flatMap(({ user, actor }) => [user, actor?.id ?? null]), apps: true }),
  empty: { en: 'Nothing has happened yet.', zh: '还没有任何事件。' },
  idOf: ({ id }) => id,
  instead: ({ caller, ask }) =>
    caller.rights.namesOnly && ask('user') === ''
      ? {
          en: 'Support reads the events of one person. Open the person first, and then the tab “Events”.',
          zh: '支持角色只能查看单个用户的事件。请先打开该用户，再查看“事件”标签。',
        }
      : undefined,
});
