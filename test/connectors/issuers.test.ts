import { describe, expect, it } from 'vitest';
import { optionsOf } from '../../src/connectors/contract/options.ts';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { findConnector, providers } from '../../src/connectors/registry.ts';

// Identities are stored by issuer. If an issuer changes here and the old one is not in `formerIssuers`, every
// person who signed in with it becomes a new user.

const keptUnder: Readonly<Record<string, string>> = {
  alipay: 'https://openauth.alipay.com',
  amazon: 'https://www.amazon.com',
  apple: 'https://appleid.apple.com',
  asana: 'https://app.asana.com',
  atlassian: 'https://auth.atlassian.com',
  baidu: 'https://openapi.baidu.com',
  bilibili: 'https://passport.bilibili.com',
  bitbucket: 'https://bitbucket.org',
  box: 'https://account.box.com',
  coinbase: 'https://login.coinbase.com',
  dingtalk: 'https://login.dingtalk.com',
  discord: 'https://discord.com',
  douyin: 'https://open.douyin.com',
  dropbox: 'https://www.dropbox.com',
  'epic-games': 'https://api.epicgames.dev/epic/oauth/v2',
  facebook: 'https://www.facebook.com',
  feishu: 'https://accounts.feishu.cn',
  figma: 'https://www.figma.com',
  gitee: 'https://gitee.com',
  github: 'https://github.com/login/oauth',
  'github-app': 'https://github.com/login/oauth',
  gitlab: 'https://gitlab.com',
  google: 'https://accounts.google.com',
  huawei: 'https://accounts.huawei.com',
  hubspot: 'https://app.hubspot.com',
  instagram: 'https://www.instagram.com',
  kakao: 'https://kauth.kakao.com',
  lark: 'https://accounts.larksuite.com',
  line: 'https://access.line.me',
  linear: 'https://linear.app',
  linkedin: 'https://www.linkedin.com/oauth',
  microsoft: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  naver: 'https://nid.naver.com',
  notion: 'https://api.notion.com',
  oauth2: 'https://oauth2.invalid',
  'openid-connect': 'https://openid-connect.invalid',
  patreon: 'https://www.patreon.com',
  paypal: 'https://www.paypal.com',
  pinterest: 'https://www.pinterest.com',
  qq: 'https://graph.qq.com',
  reddit: 'https://www.reddit.com',
  salesforce: 'https://login.salesforce.com',
  shopify: 'https://.myshopify.com',
  slack: 'https://slack.com',
  'slack-workspace': 'https://slack.com',
  snapchat: 'https://accounts.snapchat.com',
  spotify: 'https://accounts.spotify.com',
  strava: 'https://www.strava.com',
  telegram: 'https://oauth.telegram.org',
  tiktok: 'https://www.tiktok.com',
  twitch: 'https://id.twitch.tv/oauth2',
  vk: 'https://id.vk.com',
  'wechat-mini-program': 'https://open.weixin.qq.com',
  'wechat-official-account': 'https://open.weixin.qq.com',
  'wechat-web': 'https://open.weixin.qq.com',
  wecom: 'https://work.weixin.qq.com',
  weibo: 'https://api.weibo.com',
  x: 'https://x.com',
  xiaomi: 'https://account.xiaomi.com',
  yahoo: 'https://api.login.yahoo.com',
  'yahoo-japan': 'https://auth.login.yahoo.co.jp/yconnect/v2',
  yandex: 'https://oauth.yandex.ru',
  zalo: 'https://oauth.zaloapp.com',
  zoom: 'https://zoom.us',
};

describe('the issuer under which identities are stored', () => {
  it.each([...providers])('of %s never changes', (provider) => {
    const declared = findConnector(provider);
    if (!declared) throw new Error(`no connector ${provider}`);
    const { issuer, formerIssuers = [] } = applyOptions(declared, optionsOf(declared.options, {}));
    expect([issuer, ...formerIssuers]).toContain(keptUnder[provider]);
  });
});
