import type { Locale, Text } from '../http/locale.ts';
import { type Html, html } from '../kit/html.ts';
import type { Leaving } from '../vault/vault.ts';

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
  unlinked_failed: {
    en: 'The account is unlinked here, but the provider could not be asked to end the permission: remove this app in your settings there.',
    zh: '账户已在此处取消关联，但未能请求提供方终止授权：请在其设置中自行移除此应用。',
  },
  unlinked_nothing: { en: 'The account is unlinked.', zh: '账户已取消关联。' },
  withdrawn: { en: 'The permission is withdrawn.', zh: '授权已撤回。' },
} satisfies Record<string, Text>;

export type Notice = keyof typeof notices;

const alarming: ReadonlySet<Notice> = new Set([
  'failed',
  'unavailable',
  'in_use',
  'other_account',
  'unlinked_failed',
]);

export function noticeOf(leaving: Leaving): Notice {
  switch (leaving) {
    case 'revoked':
      return 'unlinked_revoked';
    case 'unsupported':
      return 'unlinked_unsupported';
    case 'failed':
      return 'unlinked_failed';
    case 'nothing held':
      return 'unlinked_nothing';
  }
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
