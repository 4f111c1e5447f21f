import type { Text } from '../../kit/locale.ts';

export const texts = {
  title: { en: 'API reference', zh: 'API 参考' },
  intro: {
    en: 'Made from the same declarations that check requests and answers.',
    zh: '本页由校验请求与响应的同一份定义自动生成，正文为英文。',
  },
  machine: { en: 'As an OpenAPI 3.1 document', zh: 'OpenAPI 3.1 文档' },
  signIn: { en: 'Sign-in and our own tokens (OpenID Connect)', zh: '登录与访问令牌（OpenID Connect）' },
  contents: { en: 'Contents', zh: '目录' },
  errors: { en: 'Errors', zh: '错误' },
  parameters: { en: 'Parameters', zh: '参数' },
  body: { en: 'Body', zh: '请求体' },
  answers: { en: 'Answers', zh: '响应' },
  bearer: { en: 'Bearer', zh: '访问凭证' },
} satisfies Record<string, Text>;
