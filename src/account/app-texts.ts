import type { Text } from '../kit/locale.ts';

/** The texts about apps that use linked accounts: on the account page and the steps that withdraw or allow. */
export const appTexts = {
  apps: { en: 'Apps that may use it', zh: '可使用此账号的应用' },
  noApps: { en: 'none', zh: '无' },
  withdraw: { en: 'Withdraw', zh: '撤回授权' },
  awayByOperator: {
    en: 'Can use this account when you are away. The operator of this site set that up.',
    zh: '您不在时也可使用此账号，由本站运营方设置。',
  },
  awayByConsent: {
    en: 'May also use this account when you are away.',
    zh: '您不在时也可使用此账号。',
  },
  operatorHint: {
    en: 'To stop an app that the operator set up, ask the operator, or unlink the account.',
    zh: '如需停止由运营方设置的应用，请联系本站运营方，或取消关联此账号。',
  },
  allowedApps: { en: 'Apps you have let in', zh: '已授权的应用' },
  allowedSince: { en: 'Allowed', zh: '授权时间' },

  withdrawTitle: { en: 'Withdraw the permission of {app}?', zh: '撤回对{app}的授权？' },
  withdrawHint: {
    en: '{app} is signed out and gets nothing more from here. When you use it again, it has to ask you.',
    zh: '{app}会退出登录，且无法再从本站获取任何数据。再次使用时需重新获得您的授权。',
  },
  withdrawUseTitle: {
    en: 'Keep {app} from using your {account}?',
    zh: '不再允许{app}使用您的{account}？',
  },
  withdrawUseHint: {
    en: '{app} is signed out, and keeps what else you have allowed it. To use this account again, it has to ask you.',
    zh: '{app}会退出登录，您的其他授权保持不变。再次使用此账号时需重新获得您的授权。',
  },
  withdrawApiTitle: { en: 'Keep {app} from {api}?', zh: '不再允许{app}访问{api}？' },
  withdrawApiHint: {
    en: '{app} can no longer use {api} for you, and is signed out. It keeps what else you have allowed it.',
    zh: '{app}将无法再代您访问{api}，并会退出登录。您的其他授权保持不变。',
  },
  endToo: {
    en: 'You can also end the permission at {platform}. A token that was taken then stops working there. No app can use the account until you authorise it again.',
    zh: '您也可以同时解除{platform}的授权：已取得的令牌随即失效，所有应用都无法再使用此账号，直到您重新授权。',
  },
  endTooButton: {
    en: 'Withdraw, and end the permission at {platform} too',
    zh: '撤回授权，并解除{platform}的授权',
  },
  cannotEnd: {
    en: '{platform} offers no way for us to end the permission. To end it there, remove our app in your settings at {platform}.',
    zh: '{platform}不支持由我们解除授权。如需解除，请前往{platform}的“授权管理”移除本站应用。',
  },

  backgroundTitle: {
    en: 'Let {app} use your {account} when you are away?',
    zh: '允许{app}在您不在时使用您的{account}？',
  },
  backgroundHint: {
    en: '{app} can then act with this account without you, and states a reason each time. You see here when and why. You can withdraw this on your account page.',
    zh: '允许后，{app}可在您不在时使用此账号，且每次须说明用途。您可在“我的账号”中查看使用时间和用途，也可随时撤回授权。',
  },
  backgroundAllow: { en: 'Allow', zh: '允许' },
  linkAway: {
    en: 'The operator of this site lets these apps use the account when you are away: {apps}.',
    zh: '本站运营方允许以下应用在您不在时使用此账号：{apps}。',
  },
} satisfies Record<string, Text>;
