import type { Text } from '../kit/locale.ts';

/** The texts about a person's data: the download and the erasure. */
export const dataTexts = {
  downloadTitle: { en: 'Download my data', zh: '下载我的数据' },
  downloadHint: {
    en: 'One file in JSON: your profile, linked accounts, what you have allowed, where you are signed in, which apps used what, and the events about you. It holds no token.',
    zh: '一个 JSON 文件，包括您的资料、已关联的账号、授权、登录设备、应用使用记录和相关事件，不包含任何令牌。',
  },
  download: { en: 'Download', zh: '下载' },
  eraseTitle: { en: 'Erase my account', zh: '注销账号' },
  eraseHint: {
    en: 'Everything that this site has about you is deleted, and the providers are asked to end what you have granted. It cannot be undone.',
    zh: '本站保存的有关您的全部数据将被删除，并会通知各平台解除您的授权。此操作无法撤销。',
  },
  eraseBegin: { en: 'Erase my account …', zh: '注销账号…' },

  eraseAsk: { en: 'Erase your account?', zh: '确认注销账号？' },
  eraseGone: {
    en: 'Your profile, linked accounts, permissions and sessions are deleted at once. No app can act for you any more, and you are signed out everywhere. If you come back, you begin anew.',
    zh: '您的资料、已关联的账号、授权和登录状态将立即删除。任何应用都无法再代您操作，您将在所有设备上退出登录。再次登录时将创建新的账号。',
  },
  eraseKept: {
    en: 'Records of what happened stay with numbers in place of your name, until their time is over. An app may keep what you gave it: ask the app.',
    zh: '操作记录仅保留编号，不含您的昵称，到期后删除。应用自行保存的数据请联系该应用处理。',
  },
  eraseEnds: { en: 'We ask {platform} to end the permission.', zh: '我们会通知{platform}解除授权。' },
  eraseYours: {
    en: '{platform} offers no way for us to end the permission. Remove our app there yourself.',
    zh: '{platform}不支持由我们解除授权，请自行前往该平台解除。',
  },
  typeWord: { en: 'Type {word} to confirm.', zh: '请输入“{word}”以确认。' },
  word: { en: 'erase', zh: '注销' },
  wrongWord: { en: 'That was not the word. Nothing was changed.', zh: '输入的内容不一致，未作任何更改。' },
  eraseButton: { en: 'Erase my account', zh: '注销账号' },
  lastOwner: {
    en: 'You are the last owner of this site. Make another person owner first, then erase your account.',
    zh: '您是本站唯一的所有者。请先将其他人设为所有者，再注销账号。',
  },

  erasedTitle: { en: 'Your account is erased', zh: '账号已注销' },
  erasedHint: {
    en: 'What this site had about you is deleted. This page says how far the providers are. Keep its address: it works for 90 days, without a sign-in.',
    zh: '本站保存的有关您的数据已删除。本页显示各平台的处理进度，90 天内无需登录即可查看，请保存本页地址。',
  },
  nothingLeft: { en: 'No permission was left to end at a provider.', zh: '没有需要在平台解除的授权。' },
  unknownCode: {
    en: 'This address has expired or is not complete.',
    zh: '此地址已过期或不完整。',
  },
  open: { en: 'Manage access at {platform}', zh: '前往{platform}的管理页面' },
  menu: { en: 'In its app: {menu}.', zh: '在其应用中：{menu}。' },
} satisfies Record<string, Text>;

/** The states of a permission that is to be ended at a provider. */
export const departureTexts = {
  pending: {
    en: 'The provider has not answered yet. We go on asking for three days.',
    zh: '该平台尚未响应，我们会在三天内继续请求。',
  },
  revoked: { en: 'The permission is ended.', zh: '已解除授权。' },
  unsupported: {
    en: 'We cannot end the permission there. Remove our app in your settings.',
    zh: '该平台不支持由我们解除授权，请在其设置中自行解除。',
  },
  superseded: {
    en: 'The same account is linked again, so its permission stays.',
    zh: '同一账号已再次关联，因此授权予以保留。',
  },
  gave_up: {
    en: 'The provider could not be made to end it. Remove our app in your settings.',
    zh: '该平台未能解除授权，请在其设置中自行解除。',
  },
} satisfies Record<string, Text>;
