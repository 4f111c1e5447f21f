import type { Text } from '../kit/locale.ts';

/** The texts about apps that register themselves. */
export const admissionTexts = {
  title: { en: 'Apps that register themselves', zh: '自行注册的应用' },
  link: { en: 'Apps that register themselves: rules', zh: '自行注册的应用：规则' },
  about: {
    en: 'Agents and other apps may identify themselves by a document at their own address, or register here. Each person is asked before such an app gets anything.',
    zh: '智能体等应用可以用自己域名下的文档表明身份，也可以在此自行注册。此类应用获得任何权限之前，都会征求用户同意。',
  },
  documents: { en: 'Apps with a metadata document', zh: '使用元数据文档的应用' },
  off: { en: 'off', zh: '关闭' },
  listed: { en: 'of the listed domains', zh: '仅限所列域名' },
  any: { en: 'of any domain', zh: '任意域名' },
  domains: { en: 'Listed domains, one a line', zh: '允许的域名（每行一个）' },
  domainsHint: {
    en: 'Well-known agents: {domains}. For all subdomains, write *.example.com.',
    zh: '常见智能体：{domains}。要包含所有子域名，请填写 *.example.com。',
  },
  blocked: { en: 'Blocked domains, one a line', zh: '禁止的域名（每行一个）' },
  blockedHint: { en: 'Their apps lose their tokens at once.', zh: '其应用的令牌将立即失效。' },
  dynamic: {
    en: 'Apps may register at /oauth/register (RFC 7591)',
    zh: '允许应用通过 /oauth/register 注册（RFC 7591）',
  },
  idle: { en: 'Days without use after which access ends', zh: '闲置多少天后访问权限失效' },
  reason: {
    en: 'Why? Needed where more apps are let in. It is kept in the event.',
    zh: '原因（放宽规则时必填，将保存在事件中）',
  },
  save: { en: 'Save', zh: '保存' },
  saved: { en: 'Saved.', zh: '已保存。' },
  removed: { en: 'Removed apps, which stay out', zh: '已移除的应用（无法再次登记）' },
  origin: { en: 'Registered by', zh: '登记方式' },
  operator: { en: 'an operator', zh: '运营人员' },
  document: { en: 'its metadata document', zh: '元数据文档' },
  dynamicly: { en: 'itself', zh: '自行注册' },
  lastUsed: { en: 'Last used', zh: '最近使用' },
  firstSeen: { en: 'First seen', zh: '首次出现' },
  never: { en: 'never', zh: '从未使用' },
  domain: { en: 'Domain', zh: '域名' },
  block: {
    en: 'Disable or remove the app to block it. It does not come back by itself. To block a domain, change the rules.',
    zh: '停用或移除应用即可禁止它，它不会自行恢复。要禁止整个域名，请修改规则。',
  },
} satisfies Record<string, Text>;
