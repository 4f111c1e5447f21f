import type { Text } from '../kit/locale.ts';

/** The sentences of the attention list, by kind. */
export const attentionTexts = {
  connection_misconfigured: {
    en: '{connection} refuses our client. Check its client id, secret and redirect URI.',
    zh: '{connection} 拒绝了本站的客户端，请检查 Client ID、Client secret 和重定向 URI。',
  },
  refresh_failing: {
    en: '{count} of {of} refreshes at {connection} have failed in the last minutes.',
    zh: '{connection} 最近几分钟的 {of} 次刷新中有 {count} 次失败。',
  },
  grants_lost: {
    en: '{count} grants of {connection} were lost: {about}.',
    zh: '{connection} 丢失了 {count} 个授权：{about}。',
  },
  grants_ended: {
    en: '{count} of {of} grants of {connection} have ended in a day: {about}.',
    zh: '{connection} 的 {of} 个授权中有 {count} 个在一天内失效：{about}。',
  },
  database_rewound: {
    en: 'The database was restored to an earlier time, and some grants are in doubt.',
    zh: '数据库已恢复到较早的时间点，部分授权需要确认。',
  },
  counts_behind: {
    en: 'The counts on this page are {count} minutes behind.',
    zh: '本页统计数据落后 {count} 分钟。',
  },
  revocations_gave_up: {
    en: '{count} grants could not be ended at {connection}. End them there by hand.',
    zh: '{count} 个授权未能在 {connection} 上解除，请手动处理。',
  },
  webhook_paused: {
    en: 'A webhook is paused after failed deliveries: {about}.',
    zh: 'Webhook 因投递失败而暂停：{about}。',
  },
  signing_key_old: { en: 'A signing key is due to be rotated.', zh: '签名密钥需要轮换。' },
  bootstrap_token_used: {
    en: 'ADMIN_API_TOKEN was used today. Unset it once owners have roles of their own.',
    zh: '今天使用过 ADMIN_API_TOKEN。所有者拥有自己的角色后，请取消该设置。',
  },
} satisfies Record<string, Text>;
