import type { Text } from '../../kit/locale.ts';

/** The texts of the pages for a device without a browser or keyboard (RFC 8628). */
export const deviceTexts = {
  title: { en: 'Connect a device', zh: '连接设备' },
  enter: {
    en: 'Enter the code that your device shows. It has eight letters.',
    zh: '请输入设备上显示的验证码（8 个字母）。',
  },
  code: { en: 'Code', zh: '验证码' },
  goOn: { en: 'Continue', zh: '继续' },
  noCode: {
    en: 'The code is missing. Enter the one that your device shows.',
    zh: '请输入设备上显示的验证码。',
  },
  unknown: {
    en: 'This code is not known. Compare it with your device, and try again.',
    zh: '验证码不正确。请与设备上显示的验证码核对后重试。',
  },
  expired: {
    en: 'This code has expired. Start again on your device to get a new one.',
    zh: '验证码已过期。请在设备上重新操作，获取新的验证码。',
  },
  used: {
    en: 'This code was used already. Start again on your device to get a new one.',
    zh: '验证码已被使用。请在设备上重新操作，获取新的验证码。',
  },
  outdated: { en: 'This page is out of date. Enter the code again.', zh: '此页面已过期，请重新输入验证码。' },
  refused: {
    en: 'You have refused the device. It gets no access.',
    zh: '您已拒绝该设备，它不会获得任何权限。',
  },
  confirm: { en: 'Is this your device?', zh: '这是您的设备吗？' },
  asks: {
    en: '{app} on another device wants to use your account.',
    zh: '另一台设备上的{app}申请使用您的账号。',
  },
  at: { en: 'The app belongs to {host}.', zh: '该应用属于 {host}。' },
  compare: { en: 'Your device must show this code:', zh: '您的设备应显示此验证码：' },
  warning: {
    en: 'Go on only if you have started this yourself just now, and your device shows the same code.',
    zh: '仅当您本人刚刚在设备上发起了登录，且设备显示的验证码与此一致时，才可继续。',
  },
  phishing: {
    en: 'If another person has sent you this code or a link with it, do not go on: that person would get access to your account.',
    zh: '如果验证码或含有验证码的链接是别人发给您的，请勿继续，否则对方将可使用您的账号。',
  },
  asksFor: { en: 'The device asks for the following:', zh: '该设备申请获得以下权限：' },
  use: { en: 'Use {platform} in your name', zh: '代您使用{account}，调用其开放接口' },
  same: { en: 'The codes are the same: continue', zh: '验证码一致，继续' },
  notMine: { en: 'I have not started this', zh: '不是我发起的' },
  done: { en: 'Your device is connected', zh: '设备已连接' },
  back: {
    en: 'You may close this page and go back to your device.',
    zh: '您可以关闭此页面，回到设备上继续使用。',
  },
  manage: { en: 'You can end this access on your account page.', zh: '您可以在账号页面解除该授权。' },
} satisfies Record<string, Text>;
