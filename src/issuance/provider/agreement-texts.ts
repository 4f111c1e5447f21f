import type { Text } from '../../kit/locale.ts';

/** The texts of the page on which a person accepts the agreement of the deployment or the app. */
export const agreementTexts = {
  title: { en: 'Before you go on', zh: '用户协议' },
  agree: { en: 'I have read the {agreement} and agree to it.', zh: '我已阅读并同意{agreement}。' },
  agreeBoth: {
    en: 'I have read the {agreement} and the {privacy}, and agree to them.',
    zh: '我已阅读并同意{agreement}和{privacy}。',
  },
  agreement: { en: 'agreement', zh: '《用户协议》' },
  agreementOf: { en: 'agreement of {app}', zh: '{app}《用户协议》' },
  privacy: { en: 'privacy policy', zh: '《隐私政策》' },
  version: { en: 'Version {version}', zh: '版本：{version}' },
  tick: {
    en: 'Tick the box if you agree. You cannot go on without it.',
    zh: '请先阅读并勾选同意，否则无法继续登录。',
  },
  goOn: { en: 'Go on', zh: '同意并继续' },
  decline: { en: 'I do not agree', zh: '不同意' },
} satisfies Record<string, Text>;
