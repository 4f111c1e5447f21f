import type { Text } from '../kit/locale.ts';

/** The texts of the page of one linked account. */
export const identityTexts = {
  check: { en: 'Check now', zh: '立即检查' },
  activity: { en: 'What apps did with it', zh: '使用记录' },
  granted: { en: 'What you have granted there', zh: '您在该平台授予的权限' },
  nothingStated: { en: 'The provider has stated nothing.', zh: '该平台未说明。' },
  email: { en: 'E-mail', zh: '邮箱' },
  id: { en: 'Id there', zh: '平台用户标识' },
  renewed: { en: 'Renewed', zh: '最近续期' },
} satisfies Record<string, Text>;
