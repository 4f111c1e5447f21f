import type { z } from 'zod';
import type { revocationAnswer } from '../../admin/upstream-revocations.ts';
import { html } from '../../kit/html.ts';
import type { Text } from '../../kit/locale.ts';
import { connectionOptions } from '../connection-options.ts';
import { listPage } from '../list-page.ts';
import { type Names, namesOf } from '../names.ts';
import { timeTag } from '../zone.ts';

type Departure = z.output<typeof revocationAnswer>;

const states: Readonly<Record<Departure['state'], Text>> = {
  pending: { en: 'to be ended', zh: '待解除' },
  revoked: { en: 'ended', zh: '已解除' },
  unsupported: { en: 'the provider has no way', zh: '平台不支持' },
  superseded: { en: 'held here anew', zh: '已重新关联' },
  gave_up: { en: 'gave up', zh: '已放弃' },
};

/** Grants that have left, and what their providers said to the end. */
export const leavingPage = listPage<Departure, Names>({
  path: '/leaving',
  operation: 'GET /departures',
  needs: 'people:read',
  title: { en: 'Leaving', zh: '解除中' },
  about: {
    en: 'Grants of accounts that were unlinked, ended or removed. Nothing of them is stored here. A provider is asked for three days to end its grant.',
    zh: '已取消关联、解除或删除的账号授权，本站已不再保存其令牌。平台最多会在三天内被反复请求解除授权。',
  },
  live: true,
  filters: [
    {
      name: 'state',
      label: { en: 'State', zh: '状态' },
      kind: 'choice',
      words: states,
    },
    {
      name: 'connection',
      label: { en: 'Connection', zh: '身份源' },
      kind: 'choice',
      options: connectionOptions,
    },
    { name: 'user', label: { en: 'Person (id)', zh: '用户（ID）' }, kind: 'text' },
  ],
  columns: [
    { title: { en: 'Person', zh: '用户' }, cell: ({ user }, _visit, names) => names.person(user) },
    { title: { en: 'Connection', zh: '身份源' }, cell: ({ connection }) => connection },
    {
      title: { en: 'State', zh: '状态' },
      cell: ({ state }, { say }) =>
        html`<span class="badge${state === 'gave_up' ? ' bad' : state === 'revoked' ? ' good' : ''}">${say(states[state])}</span>`,
    },
    { title: { en: 'Tries', zh: '尝试次数' }, cell: ({ attempts }) => `${attempts}` },
    {
      title: { en: 'Last error', zh: '最近错误' },
      cell: ({ last_error: code }) => code && html`<code>${code}</code>`,
    },
    {
      title: { en: 'Next try', zh: '下次尝试' },
      cell: ({ next_attempt_at: at }, { zone }) => timeTag(at, zone),
    },
    { title: { en: 'Begun', zh: '开始时间' }, cell: ({ created_at: at }, { zone }) => timeTag(at, zone) },
    { title: { en: 'Ended', zh: '结束时间' }, cell: ({ finished_at: at }, { zone }) => timeTag(at, zone) },
  ],
  context: (visit, items) => namesOf(visit, { people: items.map(({ user }) => user), apps: false }),
  empty: {
    en: 'No grant has left. One appears here when an account is unlinked, or ended at its provider.',
    zh: '没有正在解除的授权。取消关联账号或在平台上解除授权后会显示在这里。',
  },
  idOf: ({ id }) => id,
});
