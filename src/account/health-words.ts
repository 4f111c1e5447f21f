import type { DeadReason } from '../connectors/contract/failures.ts';
import { fill, type Text } from '../kit/locale.ts';
import type { Health, HealthState } from '../vault/health.ts';

/** The text for a state of health, and whether the page offers to authorise again. */
export interface HealthWords {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly badge: Text;
  readonly explanation: Text | undefined;
  readonly offersReauthorization: boolean;
}

/**
 * Returns the text for a state of health. `undefined`: no token is stored for this account. `platform` names the
 * provider.
 */
export function healthWords(health: Health | undefined, platform: Text = somePlatform): HealthWords {
  if (!health) return nothingStored;
  const { explanation, ...words } = states[health.state];
  const said = health.reason ? reasons[health.reason] : explanation;
  return { ...words, explanation: said && { en: said.en, zh: fill(said, 'zh', { platform: platform.zh }) } };
}

const somePlatform: Text = { en: 'the provider', zh: '该平台' };

const nothingStored: HealthWords = {
  tone: 'warn',
  badge: { en: 'Not authorised', zh: '未授权' },
  explanation: {
    en: 'Nothing is stored for this account. Authorise it again so that apps can use it.',
    zh: '尚未保存此账号的授权，请重新授权，以便应用使用。',
  },
  offersReauthorization: true,
};

const states: Record<HealthState, HealthWords> = {
  active: {
    tone: 'good',
    badge: { en: 'Working', zh: '正常' },
    explanation: undefined,
    offersReauthorization: false,
  },
  expiring: {
    tone: 'warn',
    badge: { en: 'Ends soon', zh: '即将到期' },
    explanation: {
      en: 'The permission ends within days and cannot be renewed without you. Authorise again to keep it.',
      zh: '授权将在几天内到期，且无法自动续期。请重新授权以保持有效。',
    },
    offersReauthorization: true,
  },
  refreshing: {
    tone: 'good',
    badge: { en: 'Being renewed', zh: '正在续期' },
    explanation: { en: 'It is being renewed at this moment.', zh: '正在续期。' },
    offersReauthorization: false,
  },
  retrying: {
    tone: 'warn',
    badge: { en: 'Being retried', zh: '正在重试' },
    explanation: {
      en: 'The provider did not answer as expected. It is tried again by itself; you need not do anything.',
      zh: '{platform}暂未正常响应，系统会自动重试，您无需操作。',
    },
    offersReauthorization: false,
  },
  reauthorization_required: {
    tone: 'bad',
    badge: { en: 'Needs you', zh: '需要您处理' },
    explanation: undefined,
    offersReauthorization: true,
  },
  revoked: {
    tone: 'bad',
    badge: { en: 'Ended', zh: '已失效' },
    explanation: {
      en: 'The permission was ended. Authorise again if apps shall use this account.',
      zh: '授权已失效。如需应用使用此账号，请重新授权。',
    },
    offersReauthorization: true,
  },
};

const reasons: Record<DeadReason, Text> = {
  revoked_by_user: {
    en: 'You have withdrawn the permission at the provider. Authorise again to use this account.',
    zh: '您已在{platform}解除授权。如需使用此账号，请重新授权。',
  },
  expired: {
    en: 'The permission has grown too old. Authorise again to renew it.',
    zh: '授权已过期，请重新授权。',
  },
  password_changed: {
    en: 'Your password there has changed, which ended the permission. Authorise again.',
    zh: '您的{platform}密码已更改，授权因此失效。请重新授权。',
  },
  app_removed: {
    en: 'This app was removed from your account at the provider. Authorise again to use it.',
    zh: '您已在{platform}移除本站的授权。如需继续使用，请重新授权。',
  },
  rotation_lost: {
    en: 'A renewal was interrupted and its result is lost. Authorise again once.',
    zh: '授权续期时发生中断，请重新授权。',
  },
  reuse_detected: {
    en: 'The provider saw an old key being used and ended the permission for safety. Authorise again.',
    zh: '{platform}检测到旧凭证被重复使用，为安全起见已终止授权。请重新授权。',
  },
  not_refreshable: {
    en: 'The permission has run out, and this provider does not renew it by itself. Authorise again.',
    zh: '授权已到期，{platform}不支持自动续期。请重新授权。',
  },
  origin_changed: {
    en: 'The address of this provider was changed here, and your permission is for the earlier one. Authorise again.',
    zh: '{platform}的服务地址已更改，您的授权仅适用于原地址。请重新授权。',
  },
  requested_by_operator: {
    en: 'The operators of this site ask you to authorise this account again. Until then, apps cannot use it.',
    zh: '本站运营人员要求您重新授权此账号。在此之前，应用无法使用此账号。',
  },
  key_lost: {
    en: 'The stored permission can no longer be read here. Nothing was given away. Authorise again.',
    zh: '本站保存的授权已无法读取，但并未泄露。请重新授权。',
  },
  rejected: {
    en: 'The provider no longer accepts the permission and gave no reason. Authorise again.',
    zh: '{platform}已不再接受该授权（未说明原因）。请重新授权。',
  },
};
