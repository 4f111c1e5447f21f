import type { Text } from '../kit/locale.ts';

/** The texts of the tab that says how an app may begin a sign-in, and prove itself. */
export const flowTexts = {
  flows: { en: 'Flows', zh: '授权流程' },
  about: {
    en: 'These settings are for apps that push or sign their requests.',
    zh: '以下设置适用于推送或签名授权请求的应用。',
  },
  requirePushed: { en: 'It must push its authorization requests (PAR)', zh: '必须推送授权请求（PAR）' },
  requireSigned: {
    en: 'It must sign its authorization requests with one of its keys (JAR)',
    zh: '必须用自己的密钥签名授权请求（JAR）',
  },
} satisfies Record<string, Text>;
