import type { Connector } from './contract/contract.ts';
import { alipay } from './providers/alipay.ts';
import { amazon } from './providers/amazon.ts';
import { apple } from './providers/apple.ts';
import { asana } from './providers/asana.ts';
import { atlassian } from './providers/atlassian.ts';
import { baidu } from './providers/baidu.ts';
import { bilibili } from './providers/bilibili.ts';
import { bitbucket } from './providers/bitbucket.ts';
import { box } from './providers/box.ts';
import { coinbase } from './providers/coinbase.ts';
import { dingtalk } from './providers/dingtalk.ts';
import { discord } from './providers/discord.ts';
import { douyin } from './providers/douyin.ts';
import { dropbox } from './providers/dropbox.ts';
import { epicGames } from './providers/epic-games.ts';
import { facebook } from './providers/facebook.ts';
import { feishu } from './providers/feishu.ts';
import { figma } from './providers/figma.ts';
import { gitee } from './providers/gitee.ts';
import { github } from './providers/github.ts';
import { githubApp } from './providers/github-app.ts';
import { gitlab } from './providers/gitlab.ts';
import { google } from './providers/google.ts';
import { huawei } from './providers/huawei.ts';
import { hubspot } from './providers/hubspot.ts';
import { instagram } from './providers/instagram.ts';
import { kakao } from './providers/kakao.ts';
import { lark } from './providers/lark.ts';
import { line } from './providers/line.ts';
import { linear } from './providers/linear.ts';
import { linkedin } from './providers/linkedin.ts';
import { microsoft } from './providers/microsoft.ts';
import { naver } from './providers/naver.ts';
import { notion } from './providers/notion.ts';
import { oauth2 } from './providers/oauth2.ts';
import { openidConnect } from './providers/openid-connect.ts';
import { patreon } from './providers/patreon.ts';
import { paypal } from './providers/paypal.ts';
import { pinterest } from './providers/pinterest.ts';
import { qq } from './providers/qq.ts';
import { reddit } from './providers/reddit.ts';
import { salesforce } from './providers/salesforce.ts';
import { shopify } from './providers/shopify.ts';
import { slack } from './providers/slack.ts';
import { slackWorkspace } from './providers/slack-workspace.ts';
import { snapchat } from './providers/snapchat.ts';
import { spotify } from './providers/spotify.ts';
import { strava } from './providers/strava.ts';
import { telegram } from './providers/telegram.ts';
import { tiktok } from './providers/tiktok.ts';
import { twitch } from './providers/twitch.ts';
import { vk } from './providers/vk.ts';
import { wechatMiniProgram } from './providers/wechat-mini-program.ts';
import { wechatOfficialAccount } from './providers/wechat-official-account.ts';
import { wechatWeb } from './providers/wechat-web.ts';
import { wecom } from './providers/wecom.ts';
import { weibo } from './providers/weibo.ts';
import { x } from './providers/x.ts';
import { xiaomi } from './providers/xiaomi.ts';
import { yahoo } from './providers/yahoo.ts';
import { yahooJapan } from './providers/yahoo-japan.ts';
import { yandex } from './providers/yandex.ts';
import { zalo } from './providers/zalo.ts';
import { zoom } from './providers/zoom.ts';

/**
 * The registry is the list of all connectors and the only place outside tests and the lab that imports their files. The
 * rest of the product finds a connector by the provider's id that a connection names.
 */
const connectors = {
  oauth2,
  linkedin,
  instagram,
  wechatWeb,
  wechatOfficialAccount,
  wechatMiniProgram,
  facebook,
  google,
  github,
  gitlab,
  x,
  discord,
  gitee,
  spotify,
  yahooJapan,
  githubApp,
  bitbucket,
  pinterest,
  tiktok,
  snapchat,
  reddit,
  openidConnect,
  wecom,
  qq,
  alipay,
  dingtalk,
  feishu,
  lark,
  amazon,
  asana,
  box,
  coinbase,
  dropbox,
  figma,
  patreon,
  zoom,
  douyin,
  xiaomi,
  bilibili,
  kakao,
  twitch,
  weibo,
  baidu,
  yahoo,
  atlassian,
  hubspot,
  linear,
  paypal,
  salesforce,
  strava,
  line,
  naver,
  zalo,
  huawei,
  notion,
  shopify,
  yandex,
  vk,
  telegram,
  slack,
  slackWorkspace,
  microsoft,
  epicGames,
  apple,
};

const byProvider = new Map<string, Connector>(
  Object.values(connectors).map((connector) => [connector.provider, connector]),
);

/** The ids of all providers. */
export const providers: readonly string[] = [...byProvider.keys()];

/** Returns the connector of a provider's id. */
export function findConnector(provider: string): Connector | undefined {
  return byProvider.get(provider);
}
