import type { Locale, Text } from '../http/locale.ts';
import { type Html, html } from '../kit/html.ts';
import type { Leaving } from '../vault/departure.ts';

/** What the last step came to. Only its code travels in the address. */
const notices = {
  linked: { en: 'The account is linked.', zh: '账户已关联。' },
  reauthorized: { en: 'The account is authorised again.', zh: '账户已重新授权。' },
  cancelled: { en: 'You have cancelled. Nothing was changed.', zh: '您已取消，未作任何更改。' },
  failed: {
    en: 'The provider did not complete this. Nothing was changed.',
    zh: '提供方未能完成操作，未作任何更改。',
  },
  unavailable: {
    en: 'The provider cannot be reached at the moment. Try again later.',
    zh: '目前无法连接提供方，请稍后再试。',
  },
  in_use: {
    en: 'This account is already linked to another person here, so it was not linked.',
    zh: '该账户已与此处的另一位用户关联，因此未进行关联。',
  },
  other_account: {
    en: 'You chose another account at the provider than the one to be authorised. Nothing was changed.',
    zh: '您在提供方选择的不是需要授权的账户，未作任何更改。',
  },
  unlinked_revoked: {
    en: 'The account is unlinked, and the provider has ended the permission.',
    zh: '账户已取消关联，提供方也已终止授权。',
  },
  unlinked_unsupported: {
    en: 'The account is unlinked here. The provider offers no way to end the permission: remove this app in your settings there.',
    zh: '账户已在此处取消关联。提供方没有终止授权的方式：请在其设置中自行移除此应用。',
  },
  unlinked_retrying: {
    en: 'The account is unlinked, and what was stored for it is deleted. The provider has not answered yet: we go on asking it to end the permission.',
    zh: '账户已取消关联，为其保存的数据已删除。提供方尚未响应：我们会继续请求其终止授权。',
  },
  unlinked_superseded: {
    en: 'The account is unlinked. The same account at the provider is linked here in another way, so the permission there stays.',
    zh: '账户已取消关联。同一提供方账户仍以其他方式在此关联，因此那里的授权予以保留。',
  },
  unlinked_gave_up: {
    en: 'The account is unlinked here, but the provider could not be made to end the permission: remove this app in your settings there.',
    zh: '账户已在此处取消关联，但未能使提供方终止授权：请在其设置中自行移除此应用。',
  },
  unlinked_nothing: { en: 'The account is unlinked.', zh: '账户已取消关联。' },
  merged: { en: 'The two are one now.', zh: '两个用户已合并。' },
  withdrawn: { en: 'The permission is withdrawn.', zh: '授权已撤回。' },
} satisfies Record<string, Text>;

export type Notice = keyof typeof notices;

const alarming: ReadonlySet<Notice> = new Set([
  'failed',
  'unavailable',
  'in_use',
  'other_account',
  'unlinked_gave_up',
]);

export function noticeOf(leaving: Leaving): Notice {
  return leaving === 'nothing held' ? 'unlinked_nothing' : `unlinked_${leaving}`;
}

/** Empty for a code that is none of ours. */
export function noticeBox(code: unknown, locale: Locale): Html | undefined {
  if (!isNotice(code)) return undefined;
  const tone = alarming.has(code) ? 'notice bad' : 'notice';
  return html`<p class="${tone}" role="status">${notices[code][locale]}</p>`;
}

function isNotice(code: unknown): code is Notice {
  return typeof code === 'string' && Object.hasOwn(notices, code);
}
