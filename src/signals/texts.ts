import type { Text } from '../kit/locale.ts';

export const texts = {
  title: { en: 'Deletion of your data', zh: '删除您的数据' },
  done: {
    en: 'What we had stored of your account at the provider has been deleted.',
    zh: '我们保存的、来自该服务商账号的数据已删除。',
  },
  underWay: {
    en: 'Your request has arrived and is being carried out.',
    zh: '您的请求已收到，正在处理。',
  },
} satisfies Record<string, Text>;
