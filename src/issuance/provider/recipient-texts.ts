import type { Text } from '../../kit/locale.ts';

/** The texts about the operator of an app, who gets a person's data. */
export const recipientTexts = {
  title: { en: 'Your separate consent', zh: '单独同意' },
  facts: { en: 'The operator of this app', zh: '应用运营方' },
  owner: { en: 'Recipient', zh: '接收方' },
  contact: { en: 'Contact', zh: '联系方式' },
  purpose: { en: 'Purpose', zh: '处理目的' },
  kinds: { en: 'Kinds of data', zh: '个人信息的种类' },
  privacy: { en: 'Privacy policy', zh: '隐私政策' },
  terms: { en: 'Terms', zh: '服务条款' },
  share: {
    en: 'I agree that {owner} gets this data of my {account}.',
    zh: '我同意将{account}的上述信息提供给{owner}。',
  },
  unticked: {
    en: 'The app does not get an account that you leave without a tick.',
    zh: '未勾选的账号不会提供给该应用。',
  },
} satisfies Record<string, Text>;
