import { html } from '../../kit/html.ts';
import type { ListedAccount } from '../answers.ts';
import { bulkActsOn } from '../bulk-acts.ts';
import { connectionOptions } from '../connection-options.ts';
import { healthBadge } from '../health-badge.ts';
import { reasonTexts, stateTexts } from '../health-texts.ts';
import { listPage } from '../list-page.ts';
import { appNames } from '../names.ts';
import { accountTitle } from '../person-accounts.ts';
import { timeTag } from '../zone.ts';
import { nameOf } from './person.ts';

const states = Object.fromEntries(Object.entries(stateTexts).map(([name, { badge }]) => [name, badge]));
const reasons = Object.fromEntries(Object.entries(reasonTexts).map(([name, { short }]) => [name, short]));

/** The linked accounts of all people: which are in which state, and why. */
export const identitiesPage = listPage<ListedAccount, ReadonlyMap<string, string>>({
  path: '/identities',
  operation: 'GET /identities',
  needs: 'people:read',
  title: { en: 'Linked accounts', zh: '关联账号' },
  live: true,
  acts: bulkActsOn('identities'),
  exports: { list: 'identities' },
  filters: [
    {
      name: 'connection',
      label: { en: 'Connection', zh: '身份源' },
      kind: 'several',
      options: connectionOptions,
    },
    {
      name: 'state',
      label: { en: 'State', zh: '状态' },
      kind: 'several',
      words: states,
    },
    {
      name: 'reason',
      label: { en: 'Reason', zh: '原因' },
      kind: 'several',
      words: reasons,
    },
    {
      name: 'app',
      label: { en: 'Used by', zh: '使用的应用' },
      kind: 'choice',
      options: async (visit) => [...(await appNames(visit))].map(([value, text]) => ({ value, text })),
    },
    { name: 'last_used_after', label: { en: 'Used after', zh: '最近使用晚于' }, kind: 'time', more: true },
    {
      name: 'last_used_before',
      label: { en: 'Not used since', zh: '最近使用早于' },
      kind: 'time',
      more: true,
    },
    {
      name: 'ends_within',
      label: { en: 'Ends within', zh: '到期时间' },
      kind: 'choice',
      options: () =>
        ['3', '7', '14', '30', '90'].map((value) => ({
          value,
          text: { en: `${value} days`, zh: `${value} 天内` },
        })),
    },
    { name: 'linked_since', label: { en: 'Linked from', zh: '关联时间起' }, kind: 'time', more: true },
    { name: 'linked_until', label: { en: 'Linked until', zh: '关联时间止' }, kind: 'time', more: true },
    {
      name: 'q',
      label: { en: 'Name, e-mail, subject or id', zh: '昵称、邮箱、subject 或 ID' },
      kind: 'text',
    },
  ],
  sorts: [
    { value: '', text: { en: 'as suits the filters', zh: '默认' } },
    { value: 'linked', text: { en: 'linked, latest first', zh: '关联时间（新到旧）' } },
    { value: 'since', text: { en: 'ended, latest first', zh: '失效时间（新到旧）' } },
    { value: 'ends', text: { en: 'ends next', zh: '到期时间（近到远）' } },
    { value: 'last_used', text: { en: 'last used by the app', zh: '应用最近使用' } },
  ],
  columns: [
    {
      title: { en: 'Person', zh: '用户' },
      cell: ({ user }, visit) =>
        html`<a class="name" href="/console/people/${user.id}">${nameOf(user, visit)}</a>`,
    },
    {
      title: { en: 'Account', zh: '账号' },
      cell: (account, visit) =>
        html`<a class="name" href="/console/people/${account.user.id}/identities/${account.id}">${accountTitle(account, visit)}</a>`,
    },
    {
      title: { en: 'State', zh: '状态' },
      cell: ({ token }, visit) => html`<span>${healthBadge(token, visit)}</span>`,
    },
    { title: { en: 'Since', zh: '自' }, cell: ({ token }, { zone }) => timeTag(token?.since, zone) },
    {
      title: { en: 'Last used by', zh: '最近使用' },
      cell({ used_by: [use] }, { zone }, apps) {
        return use
          ? html`<span><span class="name">${apps.get(use.app) ?? use.app}</span> ${timeTag(use.last_at, zone)}</span>`
          : html`<span class="quiet">–</span>`;
      },
    },
    { title: { en: 'Ends', zh: '到期' }, cell: ({ ends_at: at }, { zone }) => timeTag(at, zone) },
  ],
  context: appNames,
  empty: {
    en: 'No account is linked yet. An account appears here when a person signs in or links one.',
    zh: '还没有关联账号。用户登录或关联账号后会显示在这里。',
  },
  idOf: ({ id }) => id,
});
