import type { Text } from '../../kit/locale.ts';

/** The texts of the consent page beside those of the room. */
export const consentTexts = {
  runBy: { en: 'The app is at {host}.', zh: '该应用位于 {host}。' },
  runByOwner: { en: '{owner} runs the app, at {host}.', zh: '该应用由{owner}运营，位于 {host}。' },
  byDomain: {
    en: 'This app identifies itself by {domain}. It is not one of the apps of this site.',
    zh: '该应用以域名 {domain} 表明身份，不是本站登记的应用。',
  },
  dynamic: {
    en: 'This app registered itself. Its name is its own choice.',
    zh: '该应用为自行注册，其名称由它自己填写。',
  },
  answerTo: { en: 'Your answer goes to {host}.', zh: '授权结果将发送至 {host}。' },
  onDevice: {
    en: 'It runs on your device, where any program can claim to be this app. Allow it only if you have just started it yourself.',
    zh: '它运行在您的设备上，设备上的任何程序都可能冒充该应用。请仅在您刚刚亲自启动它时允许。',
  },
  hasChanged: {
    en: 'The app has changed its description since you allowed it.',
    zh: '自您上次授权以来，该应用更改了自身的说明。',
  },
  about: { en: 'About you', zh: '您的资料' },
  apis: { en: 'Services', zh: '服务' },
  may: { en: 'With it, the app may:', zh: '该应用可使用此账号：' },
  choose: { en: 'Your choice', zh: '由您选择' },
  unticked: {
    en: 'The app does not get what you leave without a tick.',
    zh: '未勾选的内容不会提供给该应用。',
  },
  letUse: { en: 'Let the app use this account', zh: '允许该应用使用此账号' },
  letUseLater: {
    en: 'Let the app use this account as soon as you link it',
    zh: '关联此账号后，允许该应用使用',
  },
  useByApi: {
    en: '{api} may use your {account} when this app calls it: {names}',
    zh: '当该应用调用{api}时，{api}可使用您的{account}：{names}',
  },
  apiMay: { en: 'With it, {api} may:', zh: '{api}可使用此账号：' },
  letApiUse: { en: 'Let {api} use this account', zh: '允许{api}使用此账号' },
  letApiUseLater: {
    en: 'Let {api} use this account as soon as you link it',
    zh: '关联此账号后，允许{api}使用',
  },
  calls: { en: 'To be done once, with your accounts', zh: '使用您的账号执行一次' },
  exactly: {
    en: 'If you allow it, the app can do exactly what stands here, once, within ten minutes.',
    zh: '允许后，该应用可在十分钟内按以下内容原样执行一次。',
  },
  technical: { en: 'Technical names', zh: '技术名称' },
  useAway: {
    en: 'It may do so also while you are away, without asking you again',
    zh: '您不在时也可使用，不再另行询问',
  },
} satisfies Record<string, Text>;
