import type { Text } from '../kit/locale.ts';
import type { Connection } from './connections.ts';

/** Returns the name of a connection for people, with a remark for pages on which another has the same. */
export function labelOf(connection: Connection): {
  readonly alias: string;
  readonly title: Text;
  readonly remark: Text | undefined;
} {
  const { alias, connector } = connection;
  return { alias, title: connector.title, remark: connector.variant ?? hostOf(connection) };
}

/** The host tells self-hosted servers of the same product apart, e.g. two GitLabs. */
function hostOf({ connector, registration }: Connection): Text | undefined {
  const isSelfHosted = connector.perConnection !== undefined || connector.issuerAt !== undefined;
  const address = registration.endpoints.authorization;
  if (!isSelfHosted || !URL.canParse(address)) return undefined;
  const { host } = new URL(address);
  return { en: host, zh: host };
}
