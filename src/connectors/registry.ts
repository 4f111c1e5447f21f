import type { Connector } from './contract.ts';
import { discord } from './providers/discord.ts';
import { facebook } from './providers/facebook.ts';
import { gitee } from './providers/gitee.ts';
import { github } from './providers/github.ts';
import { gitlab } from './providers/gitlab.ts';
import { google } from './providers/google.ts';
import { openidConnect } from './providers/openid-connect.ts';
import { qq } from './providers/qq.ts';
import { spotify } from './providers/spotify.ts';
import { wechatWeb } from './providers/wechat-web.ts';
import { x } from './providers/x.ts';
import { yahooJapan } from './providers/yahoo-japan.ts';

const connectors = {
  wechatWeb,
  facebook,
  google,
  github,
  gitlab,
  x,
  discord,
  gitee,
  spotify,
  yahooJapan,
  openidConnect,
  qq,
};

const byProvider = new Map<string, Connector>(
  Object.values(connectors).map((connector) => [connector.provider, connector]),
);

export const providers: readonly string[] = [...byProvider.keys()];

export function findConnector(provider: string): Connector | undefined {
  return byProvider.get(provider);
}
