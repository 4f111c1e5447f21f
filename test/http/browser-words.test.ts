import { expect, it } from 'vitest';
import { browserWords } from '../../src/http/browser-words.ts';
import { addressPlace } from '../../src/http/client-address.ts';
import { momentText } from '../../src/http/local-time.ts';

const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

it.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${safari} Version/19.0 Safari/605.1.15`,
    'Safari on macOS',
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) ${safari} CriOS/140.0 Safari/604.1`,
    'Chrome on iPhone',
  ],
  [
    `Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/132.0 ArkWeb HuaweiBrowser/6.0`,
    'Huawei Browser on HarmonyOS',
  ],
  ['Mozilla/5.0 (Linux; Android 15) Chrome/130 MicroMessenger/8.0.56 Safari/537.36', 'WeChat on Android'],
  ['curl/8.9.1', 'Another browser'],
  [null, 'Another browser'],
])('%s is %s', (userAgent, words) => {
  expect(browserWords(userAgent, 'en')).toBe(words);
});

it.each([
  ['203.0.113.9', '203.0.113.*'],
  ['2001:db8:12::1', '2001:db8:12:*'],
  ['2001:db8:12:34:5:6:7:8', '2001:db8:12:*'],
  ['::1', '0:0:0:*'],
  ['fe80::1:2', 'fe80:0:0:*'],
  ['203.0.113.0/24', '203.0.113.0/24'],
])('of %s a person sees %s', (address, place) => {
  expect(addressPlace(address)).toBe(place);
});

const at = new Date('2026-11-29T17:13:00Z');

it.each([
  ['en', undefined, '29 Nov 2026, 17:13 UTC'],
  ['en', 'America/New_York', '29 Nov 2026, 12:13 UTC-05:00'],
  ['zh', undefined, '2026年11月30日 01:13（北京时间）'],
  ['zh', 'Asia/Kathmandu', '2026年11月29日 22:58（UTC+05:45）'],
  ['zh', 'UTC', '2026年11月29日 17:13（UTC）'],
] as const)('a time for %s in %s has its zone', (locale, zone, text) => {
  expect(momentText(at, { locale, zone })).toBe(text);
});
