import type { Text } from '../kit/locale.ts';

/** The texts of the tab that says how an app may begin a sign-in, and prove itself. */
export const flowTexts = {
  flows: { en: 'Flows', zh: '授权流程' },
  about: {
    en: 'These settings are for apps that authenticate with keys, or push or sign their requests.',
    zh: '以下设置适用于用密钥验证身份、推送或签名授权请求的应用。',
  },
  jwksUri: { en: 'Address of its public keys', zh: '公钥地址（jwks_uri）' },
  jwksUriHint: {
    en: 'The app signs with these keys in place of a secret, and changes them by itself.',
    zh: '应用用这些密钥签名，不再使用密码，并可自行更换密钥。',
  },
  checkKeys: { en: 'Check the keys', zh: '检查公钥' },
  checkKeysTitle: { en: 'Check the keys of {name}?', zh: '检查{name}的公钥？' },
  checkKeysWhat: {
    en: 'The broker fetches the keys from {address} now. They count from then on.',
    zh: '本站将立即从 {address} 获取公钥，此后以获取到的公钥为准。',
  },
  keysFound: { en: 'The address gives these keys:', zh: '该地址提供的公钥：' },
  keysMissing: { en: 'The address gives no keys.', zh: '该地址没有提供可用的公钥。' },
  back: { en: 'Back to the app', zh: '返回应用' },
  deviceFlow: {
    en: 'It may sign people in on devices without a browser, by a code',
    zh: '可在没有浏览器的设备上用验证码登录（设备授权）',
  },
  backchannel: {
    en: 'It may ask people to sign in elsewhere (CIBA)',
    zh: '可请求用户在其他设备上确认登录（CIBA）',
  },
  backchannelHint: {
    en: 'poll: the app asks for the decision. ping: the broker tells the address below. Without a choice it may not.',
    zh: 'poll：由应用查询结果；ping：由本站通知下方地址；不选则不可使用。',
  },
  notification: { en: 'Address that is told of a decision (ping)', zh: '结果通知地址（ping）' },
  requirePushed: { en: 'It must push its authorization requests (PAR)', zh: '必须推送授权请求（PAR）' },
  requireSigned: {
    en: 'It must sign its authorization requests with one of its keys (JAR)',
    zh: '必须用自己的密钥签名授权请求（JAR）',
  },
  details: { en: 'Calls that it may ask people for (RAR)', zh: '可请求用户批准的调用（RAR）' },
  binding: { en: 'Its tokens are bound to a key', zh: '令牌绑定密钥' },
  awayBinding: {
    en: 'Tokens for use while people are away are bound to a key',
    zh: '用户不在场时使用的令牌绑定密钥',
  },
  none: { en: 'As the app likes', zh: '由应用决定' },
  dpop: { en: 'By DPoP', zh: '通过 DPoP' },
  mtls: { en: 'By a client certificate', zh: '通过客户端证书' },
  any: { en: 'By either of both', zh: '以上任意一种' },
} satisfies Record<string, Text>;
