import { roleOf, roles } from '../../admin/roles.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import type { Person } from '../answers.ts';
import { bulkActsOn } from '../bulk-acts.ts';
import { connectionOptions } from '../connection-options.ts';
import { initials } from '../initials.ts';
import { listPage } from '../list-page.ts';
import { texts as roleTexts } from '../texts.ts';
import { timeTag } from '../zone.ts';

/** The list of people. */
export const peoplePage = listPage<Person>({
  path: '/people',
  operation: 'GET /users',
  needs: 'people:read',
  title: { en: 'People', zh: '用户' },
  acts: bulkActsOn('users'),
  exports: { list: 'people' },
  filters: [
    {
      name: 'q',
      label: { en: 'Name, e-mail, subject or id', zh: '昵称、邮箱、subject 或 ID' },
      kind: 'text',
    },
    {
      name: 'connection',
      label: { en: 'Has linked', zh: '已关联' },
      kind: 'several',
      options: connectionOptions,
    },
    {
      name: 'disabled',
      label: { en: 'State', zh: '状态' },
      kind: 'choice',
      words: { false: { en: 'active', zh: '正常' }, true: { en: 'disabled', zh: '已停用' } },
    },
    {
      name: 'role',
      label: { en: 'Role', zh: '角色' },
      kind: 'several',
      options: () => roles.map((value) => ({ value, text: roleTexts[value] })),
    },
    { name: 'created_since', label: { en: 'Since, from', zh: '注册时间起' }, kind: 'time', more: true },
    { name: 'created_until', label: { en: 'Since, until', zh: '注册时间止' }, kind: 'time', more: true },
  ],
  sorts: [
    { value: '', text: { en: 'the newest first', zh: '注册时间（新到旧）' } },
    { value: 'last_login', text: { en: 'last sign-in first', zh: '最近登录（新到旧）' } },
  ],
  columns: [
    {
      title: { en: 'Person', zh: '用户' },
      cell: ({ id, name }, { say }) =>
        html`<a class="person" href="/console/people/${id}">${initials(name)}<span class="name">${name === null ? say(roleTexts.nameless) : displayText(name)}</span></a>`,
    },
    { title: { en: 'Id', zh: 'ID' }, cell: ({ id }) => html`<code>${id}</code>` },
    {
      title: { en: 'Role', zh: '角色' },
      cell({ roles: held, disabled }, { say }) {
        const role = roleOf(held);
        const off =
          disabled && html` <span class="badge bad">${say({ en: 'disabled', zh: '已停用' })}</span>`;
        return html`${role && html`<span class="badge">${say(roleTexts[role])}</span>`}${off}`;
      },
    },
    {
      title: { en: 'Last sign-in', zh: '最近登录' },
      cell: ({ last_login_at: at }, { zone }) => timeTag(at, zone),
    },
    { title: { en: 'Since', zh: '注册时间' }, cell: ({ created_at: at }, { zone }) => timeTag(at, zone) },
  ],
  empty: {
    en: 'No person has signed in yet. A person appears here at the first sign-in.',
    zh: '还没有用户登录过。用户首次登录后会显示在这里。',
  },
  idOf: ({ id }) => id,
});
