import type { Text } from '../kit/locale.ts';

/** The texts about what apps did with linked accounts. */
export const useTexts = {
  lastUsed: { en: 'Last used {time}', zh: '最近使用：{time}' },
  onceThisWeek: { en: 'once this week', zh: '近 7 天 1 次' },
  timesThisWeek: { en: '{count} times this week', zh: '近 7 天 {count} 次' },
  noneThisWeek: { en: 'not this week', zh: '近 7 天未使用' },
  wasAway: { en: 'while you were away', zh: '当时您不在' },
  reason: { en: 'Reason it gave: “{reason}”', zh: '应用说明的用途：“{reason}”' },
  neverUsed: { en: 'Has not used it yet', zh: '尚未使用' },
  former: { en: 'May not use it any more', zh: '已无权使用' },
  partOfSite: {
    en: 'Part of {site}, so it does not ask you',
    zh: '{site}自有应用，使用时不征求您的同意',
  },
  thisSite: { en: 'this site', zh: '本站' },
  onlyUnlink: {
    en: 'Apps that are part of this site use your accounts without asking, so there is nothing to withdraw. Unlink an account to keep it from them.',
    zh: '本站自有应用使用您的账号时不征求同意，因此无法撤回授权。如不希望其使用某个账号，请取消关联该账号。',
  },

  appSince: { en: 'Allowed since', zh: '授权时间' },
  profileScopes: { en: 'About you', zh: '您的资料' },
  upstream: { en: 'There it may', zh: '在该平台可以' },
  token: {
    en: 'It gets a token, with which it calls {platform} itself.',
    zh: '应用会取得令牌，并自行调用{platform}的接口。',
  },
  proxied: {
    en: 'It gets no token: this site calls {platform} for it, with these requests only:',
    zh: '应用不会取得令牌，由本站代为调用{platform}的接口，仅限以下请求：',
  },
  away: { en: 'Also while you are away', zh: '您不在时也可使用' },
  notAway: { en: 'Only while you use the app', zh: '仅在您使用该应用时' },
  withdrawOne: { en: 'Withdraw this', zh: '撤回此项授权' },
  withdrawAll: { en: 'Withdraw everything', zh: '撤回全部授权' },
  leftOut: { en: 'What you left out', zh: '您未授权的内容' },
  askAgain: { en: 'Let the app ask again', zh: '允许应用再次询问' },
  seeActivity: { en: 'What it did', zh: '使用记录' },
  visit: { en: 'Open the app', zh: '打开应用' },

  firstUse: {
    en: 'New: {app} has used your {account}, {time}.',
    zh: '新动态：{app}首次使用了您的{account}，{time}。',
  },
  firstUseAway: {
    en: 'New: {app} has used your {account} while you were away, {time}.',
    zh: '新动态：{app}在您不在时首次使用了您的{account}，{time}。',
  },
  ok: { en: 'All right', zh: '知道了' },
  stop: { en: 'Stop it …', zh: '停止使用…' },
} satisfies Record<string, Text>;

/** The texts about tokens that an app has taken, when its permission is withdrawn. */
export const takenTexts = {
  noNew: {
    en: '{app} gets no new token of {account}.',
    zh: '{app}将无法再取得{account}的新令牌。',
  },
  until: {
    en: 'It took the last one on {taken}; {platform} honours that until {until}. To end it now, end the access at {platform}.',
    zh: '它上次取得令牌的时间为 {taken}，{platform}在 {until}前仍认可该令牌。如需立即终止，请解除{platform}的授权。',
  },
  endless: {
    en: 'It took the last one on {taken}; that has no end and works until you remove it at {platform}.',
    zh: '它上次取得令牌的时间为 {taken}，该令牌没有有效期，在您解除{platform}的授权之前一直有效。',
  },
  ended: {
    en: 'It took the last one on {taken}, which has ended.',
    zh: '它上次取得令牌的时间为 {taken}，该令牌已失效。',
  },
  never: { en: 'It has taken none so far.', zh: '它从未取得过令牌。' },
  proxied: {
    en: 'It never had one: this site called {platform} for it.',
    zh: '它从未持有令牌：由本站代为调用{platform}的接口。',
  },
} satisfies Record<string, Text>;
