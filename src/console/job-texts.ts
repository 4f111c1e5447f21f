import type { z } from 'zod';
import type { BulkActName } from '../admin/bulk/acts.ts';
import type { itemAnswer, jobAnswer } from '../admin/bulk/shapes.ts';
import type { Text } from '../kit/locale.ts';

export type Job = z.output<typeof jobAnswer>;
export type JobItem = z.output<typeof itemAnswer>;

/** The words for an act on many: the button in the list, the heading, and what follows. */
export const actTexts: Readonly<Record<BulkActName, Record<'button' | 'title' | 'what', Text>>> = {
  'identities.refresh': {
    button: { en: 'Refresh…', zh: '刷新令牌…' },
    title: { en: 'Refresh linked accounts', zh: '刷新关联账号的令牌' },
    what: {
      en: 'Each provider is asked for a new access token. An account whose grant has ended then says so.',
      zh: '将向各平台请求新的访问令牌。授权已失效的账号会显示为失效。',
    },
  },
  'identities.ask_again': {
    button: { en: 'Ask again…', zh: '要求重新授权…' },
    title: { en: 'Ask people to sign in at the provider again', zh: '要求用户重新授权' },
    what: {
      en: 'Apps get no token of these accounts until each person has signed in at the provider again. The grants and the stored tokens stay.',
      zh: '在用户重新授权之前，应用无法获取这些账号的令牌。平台上的授权和已保存的令牌都会保留。',
    },
  },
  'identities.revoke': {
    button: { en: 'End at the provider…', zh: '在平台上解除授权…' },
    title: { en: 'End grants at the providers', zh: '在平台上解除授权' },
    what: {
      en: 'All apps lose the access to these accounts. It cannot be undone: each person has to sign in again.',
      zh: '所有应用都将失去对这些账号的访问。此操作无法撤销，用户需要重新授权。',
    },
  },
  'identities.unlink': {
    button: { en: 'Unlink…', zh: '取消关联…' },
    title: { en: 'Unlink accounts', zh: '取消关联账号' },
    what: {
      en: 'The accounts and their tokens are deleted here, and the grants end at the providers where that is possible. It cannot be undone.',
      zh: '账号及其令牌将从本站删除，并尽可能在平台上解除授权。此操作无法撤销。',
    },
  },
  'users.disable': {
    button: { en: 'Disable…', zh: '停用…' },
    title: { en: 'Disable people', zh: '停用用户' },
    what: {
      en: 'The people are signed out everywhere, and apps get no token for them. You can enable them again.',
      zh: '这些用户将在所有地方退出登录，应用无法再获取其令牌。之后可以重新启用。',
    },
  },
  'users.enable': {
    button: { en: 'Enable…', zh: '启用…' },
    title: { en: 'Enable people again', zh: '重新启用用户' },
    what: {
      en: 'The people can sign in again, and apps can use their linked accounts.',
      zh: '这些用户可以重新登录，应用可以使用其关联账号。',
    },
  },
};

export const jobStates: Readonly<Record<Job['state'], Text>> = {
  preparing: { en: 'choosing the rows', zh: '正在选取' },
  running: { en: 'running', zh: '进行中' },
  paused: { en: 'paused', zh: '已暂停' },
  done: { en: 'done', zh: '已完成' },
  cancelled: { en: 'cancelled', zh: '已取消' },
  failed: { en: 'stopped', zh: '已中止' },
};

export const itemStates: Readonly<Record<JobItem['state'], Text>> = {
  pending: { en: 'waiting', zh: '等待中' },
  begun: { en: 'under way', zh: '处理中' },
  done: { en: 'done', zh: '已完成' },
  failed: { en: 'failed', zh: '失败' },
};

export const jobTexts = {
  jobs: { en: 'Bulk jobs', zh: '批量任务' },
  none: {
    en: 'Nothing was done for many yet. Select rows of linked accounts or people to begin.',
    zh: '还没有批量任务。请在关联账号或用户列表中选择要处理的行。',
  },
  nothing: { en: 'None of the selected rows is there any more.', zh: '所选的行已不存在。' },
  back: { en: 'Back to the list', zh: '返回列表' },
  count: { en: 'Rows', zh: '数量' },
  countMore: { en: 'more than {count}', zh: '{count} 以上' },
  perConnection: { en: 'Of connections', zh: '身份源' },
  duration: { en: 'It takes about', zh: '预计用时' },
  minutes: { en: '{n} min', zh: '{n} 分钟' },
  later: {
    en: 'It runs in the background, and can be paused. Each row leaves an event.',
    zh: '任务在后台运行，可以暂停。每一项都会记录事件。',
  },
  typeCount: { en: 'Enter the number of rows: {count}', zh: '请输入数量以确认：{count}' },
  wrongCount: {
    en: 'The number does not agree: there are {count} rows now. Nothing was done.',
    zh: '数量不符：当前为 {count}。未进行任何操作。',
  },
  tooMany: {
    en: 'Only an owner may choose more than 1,000 rows. Narrow the filter.',
    zh: '只有所有者可以处理超过 1,000 项。请缩小筛选范围。',
  },
  begin: { en: 'Begin', zh: '开始' },
  act: { en: 'What', zh: '操作' },
  state: { en: 'State', zh: '状态' },
  progress: { en: 'Progress', zh: '进度' },
  progressOf: {
    en: '{done} done, {failed} failed, of {total}',
    zh: '已完成 {done}，失败 {failed}，共 {total}',
  },
  by: { en: 'Begun by', zh: '发起人' },
  begun: { en: 'Begun', zh: '开始时间' },
  ended: { en: 'Ended', zh: '结束时间' },
  reason: { en: 'Reason', zh: '原因' },
  row: { en: 'Row', zh: '对象' },
  person: { en: 'Person', zh: '用户' },
  connection: { en: 'Connection', zh: '身份源' },
  outcome: { en: 'Outcome', zh: '结果' },
  when: { en: 'When', zh: '时间' },
  noItems: { en: 'No row is chosen yet.', zh: '尚未选取任何项。' },
  events: { en: 'Events of this job', zh: '此任务的事件' },
  reload: { en: 'Refresh this page', zh: '刷新页面' },
  pause: { en: 'Pause', zh: '暂停' },
  resume: { en: 'Go on', zh: '继续' },
  cancel: { en: 'Cancel the rest', zh: '取消其余项' },
} satisfies Record<string, Text>;
