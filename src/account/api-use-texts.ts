import type { Text } from '../kit/locale.ts';

/** The texts about APIs that use linked accounts on behalf of apps. */
export const apiUseTexts = {
  title: { en: 'Let {api} use your {account}?', zh: '允许{api}使用您的{account}？' },
  hint: {
    en: '{app} calls {api} for you. {api} can then use this account at {platform}, only for such calls. You can withdraw this on your account page.',
    zh: '{app}正在代您调用{api}。允许后，{api}可使用您在{platform}的账号，仅限此类调用。您可随时在“我的账号”中撤回授权。',
  },
  linkFirst: {
    en: 'You have not linked such an account yet. The next page is that of {platform}.',
    zh: '您尚未关联此类账号，下一步将前往{platform}。',
  },
  allow: { en: 'Allow', zh: '允许' },
  allowAndLink: { en: 'Allow, and go to {platform}', zh: '允许并前往{platform}' },
  notTheirs: {
    en: 'This link has expired, or is for another person. Start again from the app.',
    zh: '此链接已过期，或属于其他用户。请返回应用重新开始。',
  },
  through: { en: 'Only through {apis}', zh: '仅通过{apis}使用' },
  throughToo: { en: 'Also through {apis}', zh: '也可通过{apis}使用' },
  uses: { en: 'Use your {account}', zh: '使用您的{account}' },
  calledBy: { en: 'through {api}', zh: '通过{api}' },
} satisfies Record<string, Text>;
