import type { Profile } from './profile.ts';
import { alipay } from './profiles/alipay.ts';
import { amazon } from './profiles/amazon.ts';
import { apple } from './profiles/apple.ts';
import { asana } from './profiles/asana.ts';
import { atlassian } from './profiles/atlassian.ts';
import { baidu } from './profiles/baidu.ts';
import { bilibili } from './profiles/bilibili.ts';
import { bitbucket } from './profiles/bitbucket.ts';
import { box } from './profiles/box.ts';
import { coinbase } from './profiles/coinbase.ts';
import { dingtalk } from './profiles/dingtalk.ts';
import { discord } from './profiles/discord.ts';
import { douyin } from './profiles/douyin.ts';
import { dropbox } from './profiles/dropbox.ts';
import { epicGames } from './profiles/epic-games.ts';
import { facebook } from './profiles/facebook.ts';
import { feishu } from './profiles/feishu.ts';
import { figma } from './profiles/figma.ts';
import { gitee } from './profiles/gitee.ts';
import { github } from './profiles/github.ts';
import { githubApp } from './profiles/github-app.ts';
import { gitlab } from './profiles/gitlab.ts';
import { google } from './profiles/google.ts';
import { huawei } from './profiles/huawei.ts';
import { hubspot } from './profiles/hubspot.ts';
import { instagram } from './profiles/instagram.ts';
import { kakao } from './profiles/kakao.ts';
import { lark } from './profiles/lark.ts';
import { line } from './profiles/line.ts';
import { linear } from './profiles/linear.ts';
import { linkedin } from './profiles/linkedin.ts';
import { microsoft } from './profiles/microsoft.ts';
import { naver } from './profiles/naver.ts';
import { notion } from './profiles/notion.ts';
import { oauth2 } from './profiles/oauth2.ts';
import { openidConnect } from './profiles/openid-connect.ts';
import { patreon } from './profiles/patreon.ts';
import { paypal } from './profiles/paypal.ts';
import { pinterest } from './profiles/pinterest.ts';
import { qq } from './profiles/qq.ts';
import { reddit } from './profiles/reddit.ts';
import { salesforce } from './profiles/salesforce.ts';
import { shopify } from './profiles/shopify.ts';
import { slack } from './profiles/slack.ts';
import { slackWorkspace } from './profiles/slack-workspace.ts';
import { snapchat } from './profiles/snapchat.ts';
import { spotify } from './profiles/spotify.ts';
import { strava } from './profiles/strava.ts';
import { telegram } from './profiles/telegram.ts';
import { tiktok } from './profiles/tiktok.ts';
import { twitch } from './profiles/twitch.ts';
import { vk } from './profiles/vk.ts';
import { wechat } from './profiles/wechat.ts';
import { wechatMiniProgram } from './profiles/wechat-mini-program.ts';
import { wechatOfficialAccount } from './profiles/wechat-official-account.ts';
import { wecom } from './profiles/wecom.ts';
import { weibo } from './profiles/weibo.ts';
import { x } from './profiles/x.ts';
import { xiaomi } from './profiles/xiaomi.ts';
import { yahoo } from './profiles/yahoo.ts';
import { yahooJapan } from './profiles/yahoo-japan.ts';
import { yandex } from './profiles/yandex.ts';
import { zalo } from './profiles/zalo.ts';
import { zoom } from './profiles/zoom.ts';

// Each profile declares one simulated provider, as strict and as irregular as the real one. Developer mode lists them in
// this order, the best known first.
const profiles = {
  wechat,
  facebook,
  google,
  github,
  linkedin,
  instagram,
  wechatOfficialAccount,
  wechatMiniProgram,
  microsoft,
  x,
  qq,
  gitlab,
  reddit,
  snapchat,
  tiktok,
  pinterest,
  bitbucket,
  githubApp,
  discord,
  gitee,
  spotify,
  yahooJapan,
  wecom,
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
  epicGames,
  oauth2,
  openidConnect,
  apple,
};

export const labProfiles: readonly Profile[] = Object.values(profiles);

/** The settings by which a connection of the broker uses a profile. */
export interface LabConnection {
  readonly name: string;
  readonly title: string;
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The endpoint overrides, absolute. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
}

/** Returns the connections that developer mode creates. Ids and secrets are the same at every start. */
export function labConnections(
  labUrl: string,
  profilesOffered: readonly Profile[] = labProfiles,
): LabConnection[] {
  return profilesOffered.map((profile) => {
    const { name, title, provider, clientId, clientSecret, endpoints, options = {}, scopes = [] } = profile;
    const absolute = Object.entries(endpoints).map(([key, path]) => [key, `${labUrl}/${name}${path}`]);
    const addresses = Object.fromEntries(absolute);
    return { name, title, provider, clientId, clientSecret, endpoints: addresses, options, scopes };
  });
}
