import type { Locale, Text } from '../http/locale.ts';

/** The words of this room's pages. `{name}` is filled in. */
export const texts = {
  title: { en: 'My account', zh: '我的账户' },
  signedOutIntro: {
    en: 'See which accounts you have linked, whether they still work, and which apps may use them.',
    zh: '查看您已关联的账户、其是否正常，以及哪些应用可以使用它们。',
  },
  signIn: { en: 'Sign in', zh: '登录' },
  signOut: { en: 'Sign out', zh: '退出登录' },
  linkedAccounts: { en: 'Linked accounts', zh: '已关联的账户' },
  linkedSince: { en: 'Linked since', zh: '关联时间' },
  lastSignIn: { en: 'Last sign-in', zh: '上次登录' },
  never: { en: 'never', zh: '从未' },
  apps: { en: 'Apps that may use it', zh: '可以使用它的应用' },
  noApps: { en: 'none', zh: '无' },
  withdraw: { en: 'Withdraw', zh: '撤回' },
  withdrawTitle: { en: 'Withdraw the permission of {app}?', zh: '撤回对 {app} 的授权？' },
  withdrawHint: {
    en: '{app} loses access to your linked accounts and is signed out. When you use it again, it has to ask you.',
    zh: '{app} 将无法再使用您关联的账户并会退出登录。下次使用时，它需要重新征求您的同意。',
  },
  withdrawUseTitle: { en: 'Keep {app} from using {account}?', zh: '停止 {app} 使用您的 {account} 账户？' },
  withdrawUseHint: {
    en: '{app} can no longer act with this account and is signed out. It keeps what else you have allowed it. To use the account again, it has to ask you.',
    zh: '{app} 将无法再使用此账户，并会退出登录。您的其他授权保持不变。若要再次使用此账户，它需要重新征求您的同意。',
  },
  allowedApps: { en: 'Apps you have let in', zh: '您授权的应用' },
  allowedSince: { en: 'Allowed', zh: '授权时间：' },
  unlink: { en: 'Unlink', zh: '取消关联' },
  unlinkTitle: { en: 'Unlink {account}?', zh: '取消关联 {account}？' },
  unlinkHint: {
    en: 'You can no longer sign in with it, and no app can use it here. What is stored for it is deleted. For your safety you are signed out everywhere else.',
    zh: '您将不能再用它登录，应用也不能再通过此处使用它。为其保存的数据会被删除。为安全起见，您在其他地方的登录都会被退出。',
  },
  unlinkEndsAccess: {
    en: 'We also ask {provider} to end the permission you gave us there.',
    zh: '我们还会请求{provider}终止您在那里给予我们的授权。',
  },
  unlinkCannotEnd: {
    en: '{provider} offers no way for us to end the permission you gave there: remove this app in your settings at {provider}.',
    zh: '{provider}没有提供终止授权的方式：请在{provider}的设置中自行移除此应用。',
  },
  lastOne: {
    en: 'This is your last way to sign in here. Link another account first, then unlink this one.',
    zh: '这是您在此处登录的最后一种方式。请先关联其他账户，再取消关联此账户。',
  },
  authoriseAgain: { en: 'Authorise again', zh: '重新授权' },
  reauthorizeTitle: { en: 'Authorise {account} again', zh: '重新授权 {account}' },
  reauthorizeFor: {
    en: '{app} asks you to authorise this account again.',
    zh: '{app} 请您重新授权此账户。',
  },
  reauthorizeHint: {
    en: 'You go to {provider}, choose the same account there and agree. Then apps you have allowed can use it again.',
    zh: '您将前往{provider}，选择同一账户并同意授权。之后您允许的应用即可再次使用它。',
  },
  reauthorizeScopes: { en: '{app} needs these further permissions:', zh: '{app} 还需要以下权限：' },
  linkAnother: { en: 'Link another account', zh: '关联其他账户' },
  linkMore: { en: 'More accounts', zh: '更多账户' },
  linkTitle: { en: 'Link your {provider} account', zh: '关联您的{provider}账户' },
  linkHint: {
    en: 'You go to {provider} and agree there. After that you can sign in with this account too, and apps you allow can use it.',
    zh: '您将前往{provider}并在那里同意授权。之后您也可以用该账户登录，您允许的应用也可以使用它。',
  },
  linkFor: { en: '{app} asks you to link this account.', zh: '{app} 请求您关联此账户。' },
  connectFor: {
    en: '{app} asks you to link this account and may then use it for you. You go to {provider} and agree there. After that you can sign in with this account too.',
    zh: '{app} 请求您关联此账户，之后即可代您使用它。您将前往{provider}并在那里同意授权。之后您也可以用该账户登录。',
  },
  linkButton: { en: 'Link my {provider} account', zh: '关联我的{provider}账户' },
  cancel: { en: 'Cancel', zh: '取消' },
  backTo: { en: 'Back to {app}', zh: '返回 {app}' },
  backToAccount: { en: 'Back to my account', zh: '返回我的账户' },
  notWorking: { en: 'That did not work', zh: '未能完成' },
  mergeOffer: {
    en: 'A provider tells us that another user here is also you. Make the two one, so that you find everything in one place.',
    zh: '提供方告知我们，此处的另一位用户也是您本人。您可以将两者合并，以便集中管理。',
  },
  mergeLook: { en: 'Look at it', zh: '查看' },
  mergeTitle: { en: 'Make the two one', zh: '合并两个用户' },
  mergeAccounts: { en: 'The other has linked: {accounts}.', zh: '另一位用户已关联：{accounts}。' },
  mergeHint: {
    en: 'These accounts come to you. Apps know the other under another id: they will see only the one you are signed in as, and you must allow them again.',
    zh: '这些账户将归到您名下。应用以另一标识认识那位用户：合并后它们只会看到您当前登录的用户，您需要重新授权。',
  },
  merge: { en: 'Make them one', zh: '合并' },
} satisfies Record<string, Text>;

export function fill(text: Text, locale: Locale, values: Readonly<Record<string, string>>): string {
  return text[locale].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
