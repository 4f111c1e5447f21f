import { roleOf } from '../../admin/roles.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import type { Person } from '../answers.ts';
import { bulkActsOn } from '../bulk-acts.ts';
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
      cell({ roles, disabled }, { say }) {
        const role = roleOf(roles);
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
