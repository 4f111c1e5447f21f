import type { Locale, Text } from '../kit/locale.ts';

// A table of the browsers and systems that people use, and no library: a name too many tells a person nothing, and the
// libraries for this follow each new device with a release.

/** In the order of the search: most browsers name others, which come later. */
const browsers: readonly (readonly [RegExp, Text])[] = [
  [/MicroMessenger/i, { en: 'WeChat', zh: '微信' }],
  [/AlipayClient/i, { en: 'Alipay', zh: '支付宝' }],
  [/DingTalk/i, { en: 'DingTalk', zh: '钉钉' }],
  [/Lark|Feishu/i, { en: 'Feishu', zh: '飞书' }],
  [/\bQQ\//, { en: 'QQ', zh: 'QQ' }],
  [/MQQBrowser|QQBrowser/i, { en: 'QQ Browser', zh: 'QQ 浏览器' }],
  [/UCBrowser/i, { en: 'UC Browser', zh: 'UC 浏览器' }],
  [/HuaweiBrowser/i, { en: 'Huawei Browser', zh: '华为浏览器' }],
  [/MiuiBrowser/i, { en: 'Mi Browser', zh: '小米浏览器' }],
  [/SamsungBrowser/i, { en: 'Samsung Internet', zh: '三星浏览器' }],
  [/Edg(e|A|iOS)?\//, { en: 'Edge', zh: 'Edge' }],
  [/OPR\/|Opera/, { en: 'Opera', zh: 'Opera' }],
  [/Firefox\/|FxiOS\//, { en: 'Firefox', zh: 'Firefox' }],
  [/Chrome\/|CriOS\/|Chromium\//, { en: 'Chrome', zh: 'Chrome' }],
  [/Safari\//, { en: 'Safari', zh: 'Safari' }],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/OpenHarmony|HarmonyOS/i, 'HarmonyOS'],
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Macintosh|Mac OS X/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

const unknown: Text = { en: 'Another browser', zh: '其他浏览器' };

/** Returns browser and system in words, e.g. `Firefox on Windows`. */
export function browserWords(userAgent: string | null | undefined, locale: Locale): string {
  const found = browsers.find(([pattern]) => pattern.test(userAgent ?? ''));
  const system = systems.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const browser = (found?.[1] ?? unknown)[locale];
  if (system === undefined) return browser;
  return locale === 'zh' ? `${browser}（${system}）` : `${browser} on ${system}`;
}
