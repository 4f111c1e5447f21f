import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenSet, UpstreamAccount } from '../../src/connectors/contract/upstream-sign-in.ts';
import { Secret } from '../../src/kit/secret.ts';
import { atEnd } from '../support/at-end.ts';
import { createVaultWorld } from '../support/vault-world.ts';

/** An answer of a token endpoint to the next refresh; the last one is repeated. */
export interface OddAnswer {
  readonly status?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A vault, and a provider whose token endpoint answers as told. */
export async function createOddWorld({ hosts = [] }: { readonly hosts?: readonly string[] } = {}) {
  let script: readonly OddAnswer[] = [];
  let asked = 0;
  const server = createServer((_request, response) => {
    const { status = 200, body } = script[Math.min(asked, script.length - 1)] ?? { status: 500, body: {} };
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const world = await createVaultWorld({ hosts: [host, ...hosts] });
  const at = (path: string) => `http://${host}${path}`;
  let made = 0;
  const brought = new Map<string, { tokens: TokenSet; account: UpstreamAccount }>();

  return {
    ...world,
    /** The provider answers like this from now on. */
    says(...answers: readonly OddAnswer[]) {
      script = answers;
      asked = 0;
    },
    asked: () => asked,
    async connect(options: Readonly<Record<string, string>> = {}, provider = 'oauth2') {
      made += 1;
      const endpoints = {
        ...{ issuer: at(''), authorization: at('/authorize'), token: at('/token') },
        ...{ userinfo: at('/me'), revocation: at('/revoke'), api: at('/api'), jwks: at('/jwks') },
      };
      const { jwks: _jwks, ...plain } = endpoints;
      return await world.connections.create({
        ...{ alias: `odd-${made}`, provider, client_id: 'one', client_secret: 'secret-of-one' },
        endpoints: provider === 'oauth2' ? plain : endpoints,
        ...{ options, scopes: ['a'], enabled: true, for: 'login' },
      });
    },
    /** A person has just signed in there. */
    async enter(alias: string, given: { refreshExpiresIn?: number; refreshToken?: string } = {}) {
      made += 1;
      const connection = await world.connection(alias);
      const tokens = {
        accessToken: new Secret(`access-${made}`),
        refreshToken: new Secret(given.refreshToken ?? `refresh-${made}`),
        ...{ expiresIn: 60, refreshExpiresIn: given.refreshExpiresIn, scopes: ['a'] },
        ...{ parameters: {}, extra: {} },
      };
      const account = {
        ...{ subject: `somebody-${made}`, alternates: {}, name: undefined, picture: undefined },
        ...{ email: undefined, emailVerified: false },
      };
      const { userId, identityId } = await world.identities.findOrCreate({ connection, account, tokens });
      await world.vault.storeTokens({ identityId, userId, subject: account.subject, connection, tokens });
      brought.set(identityId, { tokens, account });
      return { identityId, userId, subject: account.subject, connection };
    },
    /** The tokens of this person's sign-in. */
    given(identityId: string) {
      const found = brought.get(identityId);
      if (!found) throw new Error('nobody has entered by this id');
      return found;
    },
    async events(type: string, connection: string) {
      return await world.database.prisma.auditEvent.findMany({ where: { type, connection } });
    },
  };
}

export type OddWorld = Awaited<ReturnType<typeof createOddWorld>>;
