import type { DeadReason } from '../connectors/contract/failures.ts';
import type { Text } from '../kit/locale.ts';
import type { HealthState } from '../vault/health.ts';

export type Tone = 'good' | 'warn' | 'bad';

interface StateWords {
  readonly tone: Tone;
  readonly badge: Text;
  readonly story: Text;
}

/** The states of a grant as an admin reads them. */
export const stateTexts: Record<HealthState, StateWords> = {
  active: {
    tone: 'good',
    badge: { en: 'Works', zh: '正常' },
    story: { en: 'Apps can use this account.', zh: '应用可以使用此账号。' },
  },
  expiring: {
    tone: 'warn',
    badge: { en: 'Ends soon', zh: '即将到期' },
    story: {
      en: 'The grant ends within days, and only the person can renew it.',
      zh: '授权将在几天内到期，只有用户本人可以续期。',
    },
  },
  refreshing: {
    tone: 'good',
    badge: { en: 'Being refreshed', zh: '正在刷新' },
    story: { en: 'A process refreshes the token at this moment.', zh: '系统正在刷新令牌。' },
  },
  retrying: {
    tone: 'warn',
    badge: { en: 'Being retried', zh: '正在重试' },
    story: {
      en: 'The last refresh failed for a reason that may pass. It is tried again by itself.',
      zh: '上次刷新失败，原因可能是暂时的，系统会自动重试。',
    },
  },
  reauthorization_required: {
    tone: 'bad',
    badge: { en: 'Needs the person', zh: '需要用户处理' },
    story: {
      en: 'The grant has ended. Only the person can give a new one.',
      zh: '授权已失效，需要用户重新授权。',
    },
  },
  revoked: {
    tone: 'bad',
    badge: { en: 'Revoked', zh: '已解除授权' },
    story: {
      en: 'The grant was ended on request. The person can give a new one.',
      zh: '授权已按请求解除，用户可以重新授权。',
    },
  },
};

/** A linked account without a stored token. */
export const nothingStored: StateWords = {
  tone: 'warn',
  badge: { en: 'Nothing stored', zh: '未保存令牌' },
  story: {
    en: 'No token is stored for this account. The person can authorise it.',
    zh: '此账号没有已保存的令牌，用户可以重新授权。',
  },
};

/** The reasons for which a grant ended. The second text says how to go on. */
export const reasonTexts: Record<DeadReason, { readonly short: Text; readonly way: Text }> = {
  revoked_by_user: {
    short: { en: 'withdrawn by the person', zh: '用户已解除授权' },
    way: {
      en: 'The person withdrew it at the provider. Ask before you send the link.',
      zh: '用户已在平台上解除授权，发送链接前请先确认。',
    },
  },
  expired: {
    short: { en: 'too old', zh: '已过期' },
    way: {
      en: 'The grant reached its age. The person signs in again.',
      zh: '授权已到期，请用户重新登录授权。',
    },
  },
  password_changed: {
    short: { en: 'password changed', zh: '密码已更改' },
    way: {
      en: 'The person changed the password there, and signs in again.',
      zh: '用户更改了密码，请用户重新登录授权。',
    },
  },
  app_removed: {
    short: { en: 'app removed', zh: '应用已被移除' },
    way: {
      en: 'The person removed your app from the account there. Ask before you send the link.',
      zh: '用户已在账号中移除了该应用，发送链接前请先确认。',
    },
  },
  rotation_lost: {
    short: { en: 'rotation lost', zh: '刷新结果丢失' },
    way: {
      en: 'A refresh was interrupted after the provider had replaced the token. The person signs in again, once.',
      zh: '平台更换令牌后，刷新过程中断。请用户重新登录授权一次。',
    },
  },
  reuse_detected: {
    short: { en: 'reuse detected', zh: '检测到重复使用' },
    way: {
      en: 'The provider saw an old refresh token. Another system may hold a copy: find it before the person signs in again.',
      zh: '平台发现旧的刷新令牌被使用，可能有其他系统持有副本。请先查明原因，再请用户重新授权。',
    },
  },
  not_refreshable: {
    short: { en: 'cannot be refreshed', zh: '无法刷新' },
    way: {
      en: 'This provider gives no refresh. The person signs in again.',
      zh: '该平台不提供刷新，请用户重新登录授权。',
    },
  },
  origin_changed: {
    short: { en: 'address of the connection changed', zh: '身份源地址已更改' },
    way: {
      en: 'The connection was moved to another address, and the grant is of the earlier one.',
      zh: '身份源已迁移到新地址，原授权不再适用。',
    },
  },
  requested_by_operator: {
    short: { en: 'asked again by an operator', zh: '运营人员要求重新授权' },
    way: {
      en: 'An operator asked for a new sign-in. The stored tokens are kept, and the person signs in again.',
      zh: '运营人员要求重新授权。已保存的令牌仍然保留，请用户重新登录授权。',
    },
  },
  key_lost: {
    short: { en: 'encryption key lost', zh: '加密密钥丢失' },
    way: {
      en: 'No key that is loaded opens the stored token. Look at the keys before you ask many people.',
      zh: '已加载的密钥无法解密令牌。在通知大量用户之前，请先检查密钥。',
    },
  },
  rejected: {
    short: { en: 'refused without a reason', zh: '被拒绝（未说明原因）' },
    way: {
      en: 'The provider refused the grant and gave no reason. Many at once point to the connection’s settings.',
      zh: '平台拒绝了该授权且未说明原因。如果大量出现，请检查身份源设置。',
    },
  },
};
