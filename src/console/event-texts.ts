import type { Text } from '../kit/locale.ts';
import type { Actor } from '../kit/request-context.ts';

export const actorTexts: Record<Actor['kind'], Text> = {
  person: { en: 'a person', zh: '用户' },
  app: { en: 'an app or token', zh: '应用或令牌' },
  bootstrap: { en: 'ADMIN_API_TOKEN', zh: 'ADMIN_API_TOKEN' },
  cli: { en: 'the command line', zh: '命令行' },
  system: { en: 'the broker itself', zh: '系统' },
  anonymous: { en: 'not signed in', zh: '未登录' },
};
