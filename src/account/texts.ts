import type { Text } from '../kit/locale.ts';

/** The texts of this room's pages. `{name}` is replaced. */
export const texts = {
  title: { en: 'My account', zh: '我的账号' },
  signedOutIntro: {
    en: 'See which accounts you have linked, whether they still work, and which apps may use them.',
    zh: '查看已关联的账号及其状态，以及哪些应用可以使用这些账号。',
  },
  signIn: { en: 'Sign in', zh: '登录' },
  signOut: { en: 'Sign out', zh: '退出登录' },
  signOutEverywhere: { en: 'Sign out everywhere', zh: '在所有设备上退出登录' },
  everywhereTitle: { en: 'Sign out everywhere?', zh: '在所有设备上退出登录？' },
  everywhereHint: {
    en: 'You are signed out in every browser, this one too. What apps have to act for you ends, also while you are away, and they must have you sign in again. An app with a session of its own may show what it has until that ends.',
    zh: '您将在所有浏览器（包括此浏览器）中退出登录。应用代您操作的授权凭证将全部失效（包括您不在线时使用的），应用需要您重新登录。自行保存登录状态的应用，在其登录状态到期前可能仍会显示已有内容。',
  },
  everywhereStays: {
    en: 'Your linked accounts stay linked, and what you have allowed apps stays allowed: withdraw it on your account page where that is not what you want.',
    zh: '您关联的账号保持关联，您授予应用的权限仍然有效；如不需要，请在“我的账号”中撤回授权。',
  },
  waysIn: { en: 'Ways to sign in', zh: '登录方式' },
  linkedAccounts: { en: 'Linked accounts', zh: '已关联的账号' },
  linkedSince: { en: 'Linked since', zh: '关联时间' },
  lastSignIn: { en: 'Last sign-in', zh: '最近登录' },
  never: { en: 'never', zh: '从未登录' },
  unlink: { en: 'Unlink', zh: '取消关联' },
  unlinkTitle: { en: 'Unlink {account}?', zh: '取消关联{account}？' },
  unlinkHint: {
    en: 'You can no longer sign in with it, and no app can use it here. What is stored for it is deleted. For your safety you are signed out everywhere else.',
    zh: '取消关联后，您无法再用此账号登录，应用也无法通过本站使用它。我们为它保存的数据会被删除。为安全起见，您在其他设备和应用上的登录都会退出。',
  },
  unlinkEndsAccess: {
    en: 'We also ask {platform} to end the permission you gave us there.',
    zh: '我们还会通知{platform}解除您对本站的授权。',
  },
  unlinkCannotEnd: {
    en: '{platform} offers no way for us to end the permission you gave there: remove this app in your settings at {platform}.',
    zh: '{platform}不支持由我们解除授权，请前往{platform}的“授权管理”自行解除。',
  },
  unlinkCannotEndMenu: {
    en: '{platform} offers no way for us to end the permission you gave there. To end it, open its app: {menu}.',
    zh: '{platform}不支持由我们解除授权，请前往{platform}的“{menu}”自行解除。',
  },
  lastOne: {
    en: 'This is your last way to sign in here. Link another account first, then unlink this one. If you no longer use this site, you can erase your account.',
    zh: '这是您登录本站的唯一方式。请先关联其他账号，再取消关联此账号；如不再使用本站，可以注销账号。',
  },
  authoriseAgain: { en: 'Authorise again', zh: '重新授权' },
  reauthorizeTitle: { en: 'Authorise {account} again', zh: '重新授权{account}' },
  reauthorizeFor: {
    en: '{app} asks you to authorise this account again.',
    zh: '{app}请求您重新授权此账号。',
  },
  reauthorizeHint: {
    en: 'You go to {platform}, choose the same account there and agree. Then apps you have allowed can use it again.',
    zh: '您将前往{platform}的授权页面，请选择同一账号并同意授权。之后，经您允许的应用即可再次使用它。',
  },
  reauthorizeScopes: { en: '{app} needs these further permissions:', zh: '{app}还需要以下权限：' },
  linkAnother: { en: 'Link another account', zh: '关联其他账号' },
  linkMore: { en: 'More accounts', zh: '更多账号' },
  linkSearch: { en: 'Search for an account to link', zh: '搜索要关联的账号' },
  search: { en: 'Search', zh: '搜索' },
  linkNone: { en: 'Nothing of that name.', zh: '没有找到匹配的账号。' },
  linkAll: { en: 'Show all', zh: '显示全部' },
  linkTitle: { en: 'Link your {account}', zh: '关联您的{account}' },
  linkHint: {
    en: 'You go to {platform} and agree there. After that you can sign in with this account too, and apps you allow can use it.',
    zh: '您将前往{platform}的授权页面并同意授权。之后，您还可以用该账号登录；经您允许的应用也可以使用它。',
  },
  linkFor: { en: '{app} asks you to link this account.', zh: '{app}请求您关联此账号。' },
  connectFor: {
    en: '{app} asks you to link this account and may then use it for you. You go to {platform} and agree there. After that you can sign in with this account too.',
    zh: '{app}请求您关联此账号，关联后可代您使用。您将前往{platform}的授权页面并同意授权。之后，您还可以用该账号登录。',
  },
  linkButton: { en: 'Link my {account}', zh: '关联我的{account}' },
  cancel: { en: 'Cancel', zh: '取消' },
  backTo: { en: 'Back to {app}', zh: '返回{app}' },
  backToAccount: { en: 'Back to my account', zh: '返回我的账号' },
  notWorking: { en: 'That did not work', zh: '操作未完成' },
  mergeOffer: {
    en: 'A provider tells us that another user here is also you. Make the two one, so that you find everything in one place.',
    zh: '我们发现本站的另一个用户也是您本人。合并后，您可以在一处管理所有账号。',
  },
  mergeLook: { en: 'Look at it', zh: '查看' },
  mergeTitle: { en: 'Make the two one', zh: '合并为一个用户' },
  mergeAccounts: { en: 'The other has linked: {accounts}.', zh: '另一个用户已关联：{accounts}。' },
  mergeHint: {
    en: 'These accounts come to you. Apps know the other under another id: they will see only the one you are signed in as, and you must allow them again.',
    zh: '这些账号将并入您当前的用户。应用此前以另一个用户 ID 识别该用户；合并后，它们只会看到您当前登录的用户，您需要重新授权。',
  },
  merge: { en: 'Make them one', zh: '确认合并' },
} satisfies Record<string, Text>;
