import { obstacleIn } from '../connectors/contract/surface.ts';
import type { ConnectionLabel } from '../http/connection-choices.ts';
import type { Text } from '../kit/locale.ts';
import type { Connection } from './connections.ts';

/** Returns the name of a connection for people, with a remark for pages on which another has the same. */
export function labelOf(connection: Connection, userAgent = ''): ConnectionLabel {
  const { alias, connector, displayName, position, hasLogo, version } = connection;
  const obstacle = obstacleIn(connector.worksNotIn, userAgent);
  return {
    alias,
    provider: connector.provider,
    title: connector.title,
    displayName,
    position,
    // The address changes with the connection, so that browsers may keep the picture.
    logo: hasLogo ? `/connections/${alias}/logo?v=${version}` : undefined,
    pinyin: connector.pinyin,
    buttonLook: connector.buttonLook,
    remark: connector.variant ?? hostOf(connection),
    obstacle: obstacle && obstacles[obstacle],
    homeMarket: connector.homeMarket,
    buttonWords: connector.buttonWords,
  };
}

const obstacles = {
  'web-view': {
    en: 'Does not work inside this app: open the page in a browser.',
    zh: '在当前应用内无法使用，请在系统浏览器中打开本页。',
  },
  'qr-code': {
    en: 'Shows a QR code: scan it with another device, or open the page on a computer.',
    zh: '需使用另一台设备扫描二维码，建议在电脑上打开本页。',
  },
} satisfies Record<string, Text>;

/** The host tells self-hosted servers of the same product apart, e.g. two GitLabs. */
function hostOf({ connector, registration }: Connection): Text | undefined {
  const isSelfHosted = connector.perConnection !== undefined || connector.issuerAt !== undefined;
  const address = registration.endpoints.authorization;
  if (!isSelfHosted || !URL.canParse(address)) return undefined;
  const { host } = new URL(address);
  return { en: host, zh: host };
}
