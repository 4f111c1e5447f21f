import { type Html, html } from '../kit/html.ts';
import type { Locale, Text } from '../kit/locale.ts';
import type { RevocationOutcome } from '../vault/upstream-revocation/queued-revocation.ts';

/** The outcomes of steps. The address carries the code only. */
const notices = {
  linked: { en: 'The account is linked.', zh: '账号已关联。' },
  reauthorized: { en: 'The account is authorised again.', zh: '账号已重新授权。' },
  agent_allowed: {
    en: 'Allowed. Go back to the conversation: the agent goes on there.',
    zh: '已允许。请返回对话，智能体会继续处理。',
  },
  cancelled: { en: 'You have cancelled. Nothing was changed.', zh: '您已取消，未作任何更改。' },
  failed: {
    en: 'The provider did not complete this. Nothing was changed.',
    zh: '该平台未完成授权，未作任何更改。',
  },
  unavailable: {
    en: 'The provider cannot be reached at the moment. Try again later.',
    zh: '暂时无法连接该平台，请稍后再试。',
  },
  in_use: {
    en: 'This account is already linked to another person here, so it was not linked.',
    zh: '该账号已被本站其他用户关联，无法重复关联。',
  },
  other_account: {
    en: 'You chose another account at the provider than the one to be authorised. Nothing was changed.',
    zh: '您选择的不是需要重新授权的那个账号，未作任何更改。',
  },
  unlinked_revoked: {
    en: 'The account is unlinked, and the provider has ended the permission.',
    zh: '账号已取消关联，该平台也已解除授权。',
  },
  unlinked_unsupported: {
    en: 'The account is unlinked here. The provider offers no way to end the permission: remove this app in your settings there.',
    zh: '账号已取消关联。该平台不支持由我们解除授权，请前往其“授权管理”自行解除。',
  },
  unlinked_retrying: {
    en: 'The account is unlinked, and what was stored for it is deleted. The provider has not answered yet: we go on asking it to end the permission.',
    zh: '账号已取消关联，为它保存的数据已删除。该平台尚未响应，我们会继续请求其解除授权。',
  },
  unlinked_superseded: {
    en: 'The account is unlinked. The same account at the provider is linked here in another way, so the permission there stays.',
    zh: '账号已取消关联。该账号还通过另一种方式与本站关联，因此在该平台的授权予以保留。',
  },
  unlinked_gave_up: {
    en: 'The account is unlinked here, but the provider could not be made to end the permission: remove this app in your settings there.',
    zh: '账号已取消关联，但该平台未能解除授权，请前往其“授权管理”自行解除。',
  },
  unlinked_nothing: { en: 'The account is unlinked.', zh: '账号已取消关联。' },
  merged: { en: 'The two are one now.', zh: '两个用户已合并。' },
  signed_out_everywhere: { en: 'You are signed out everywhere.', zh: '您已在所有设备上退出登录。' },
  checked_alive: {
    en: 'Checked just now: the provider accepts the permission.',
    zh: '刚刚检查过：授权有效。',
  },
  checked_dead: {
    en: 'Checked just now: the provider does not accept the permission any more. Authorise again.',
    zh: '刚刚检查过：授权已失效，请重新授权。',
  },
  checked_asked: {
    en: 'The operators of this site ask you to authorise this account again.',
    zh: '本站运营人员要求您重新授权此账号。',
  },
  checked_unknown: {
    en: 'Checked just now: the provider gave no clear answer. Nothing has changed; try again later.',
    zh: '刚刚检查过：该平台未给出明确答复，一切保持不变，请稍后再试。',
  },
  checked_nothing: {
    en: 'Nothing is stored for this account. Authorise it again.',
    zh: '尚未保存此账号的授权，请重新授权。',
  },
  checked_lately: {
    en: 'This account was checked within the last minute. Wait a moment.',
    zh: '一分钟内已检查过此账号，请稍候再试。',
  },
  session_ended: { en: 'That browser is signed out.', zh: '该浏览器已退出登录。' },
  sessions_ended: { en: 'All other browsers are signed out.', zh: '其他浏览器均已退出登录。' },
  asks_again: { en: 'The app asks you at your next sign-in.', zh: '您下次登录该应用时，它会再次询问您。' },
  allowed: { en: 'The app is allowed.', zh: '已授权该应用。' },
  withdrawn_revoked: {
    en: 'The permission is withdrawn, and the provider has ended it there too.',
    zh: '授权已撤回，该平台也已解除授权。',
  },
  withdrawn_retrying: {
    en: 'The permission is withdrawn. The provider has not answered yet: we go on asking it to end the permission there.',
    zh: '授权已撤回。该平台尚未响应，我们会继续请求其解除授权。',
  },
  withdrawn_unsupported: {
    en: 'The permission is withdrawn here. The provider could not be made to end it: remove our app in your settings there.',
    zh: '授权已在本站撤回，但未能由我们解除该平台的授权，请前往该平台的“授权管理”自行解除。',
  },
  agent_saved: { en: 'Your choice is saved.', zh: '您的选择已保存。' },
  agent_stopped: { en: 'The agent is stopped.', zh: '已停止该智能体。' },
  agents_stopped: { en: 'All agents are stopped.', zh: '已停止所有智能体。' },
  withdrawn: { en: 'The permission is withdrawn.', zh: '授权已撤回。' },
} satisfies Record<string, Text>;

export type Notice = keyof typeof notices;

const alarming: ReadonlySet<Notice> = new Set([
  'failed',
  'unavailable',
  'in_use',
  'other_account',
  'unlinked_gave_up',
  'withdrawn_unsupported',
  'checked_dead',
  'checked_asked',
]);

export function noticeOf(outcome: RevocationOutcome): Notice {
  return outcome === 'nothing held' ? 'unlinked_nothing' : `unlinked_${outcome}`;
}

/** Returns the notice, or undefined for an unknown code. */
export function noticeBox(code: unknown, locale: Locale): Html | undefined {
  if (!isNotice(code)) return undefined;
  const tone = alarming.has(code) ? 'notice bad' : 'notice';
  return html`<p class="${tone}" role="status">${notices[code][locale]}</p>`;
}

function isNotice(code: unknown): code is Notice {
  return typeof code === 'string' && Object.hasOwn(notices, code);
}
