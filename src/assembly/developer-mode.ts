import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config.ts';
import { createDemo } from '../demo/demo.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { Secret } from '../kit/secret.ts';
import { createLab, type RunningLab } from '../lab/lab.ts';
import type { Broker } from './broker.ts';

// Developer mode: simulated providers registered as connections, and a demo app that is a client like any
// other.

// The lab trusts everyone who can reach it, so it listens on loopback only.
const loopback = '127.0.0.1';

export async function startLab(config: Config, opened: AsyncDisposableStack): Promise<RunningLab> {
  const lab = createLab({
    redirectOrigins: [config.issuer],
    stateFile: path.join(config.dataDirectory, 'lab.json'),
    production: config.production,
  });
  const running = await lab.listen(config.labPort, loopback);
  opened.defer(() => running.close());
  return running;
}

/** Registers and starts the demo, a client for every connection. Returns its address. */
export async function startDemo(
  { config, broker, keyring }: { config: Config; broker: Broker; keyring: Keyring },
  opened: AsyncDisposableStack,
): Promise<string> {
  const publicUrl = `http://localhost:${config.demoPort}`;
  const [key] = keyring.derive('demo-client');
  const clientSecret = new Secret((key ?? Buffer.alloc(0)).toString('base64url'));
  // The oldest connections, as many as an app's policy may name.
  const connections = (await broker.connections.all()).filter(({ enabled }) => enabled).slice(0, 100);
  const app = {
    name: 'Demo app',
    displayName: { en: 'Demo app', zh: '演示应用' },
    type: 'web' as const,
    redirectUris: [`${publicUrl}/callback`],
    postLogoutRedirectUris: [`${publicUrl}/`],
    homepage: publicUrl,
    connections: connections.map(({ alias }) => ({ connection: alias })),
  };
  await broker.issuance.apps.ensure('app_demo', app, clientSecret);
  const demo = createDemo({
    issuer: config.issuer,
    clientId: 'app_demo',
    clientSecret: clientSecret.reveal(),
    publicUrl,
    connections: connections.map(({ alias, connector: { title, signInBy, inApp } }) => ({
      alias,
      title,
      inAppOnly: signInBy === 'code' || inApp?.only === true,
    })),
  });
  const running = await demo.listen(config.demoPort, loopback);
  opened.defer(() => running.close());
  return publicUrl;
}

/** Registers each simulated provider as a connection, and updates it when the lab's port changes. */
export async function registerLab(
  { connections }: Pick<Broker, 'connections'>,
  lab: RunningLab,
): Promise<void> {
  for (const { name, provider, clientId, clientSecret, endpoints, options, scopes } of lab.connections()) {
    const known = await connections.findNow(name);
    const registration = { client_id: clientId, client_secret: clientSecret, endpoints, options };
    if (!known) {
      await connections.create({
        alias: name,
        provider,
        ...registration,
        scopes: [...scopes],
        enabled: true,
        for: 'login',
      });
    } else if (!isDeepStrictEqual(known.endpoints, endpoints)) {
      // The same people at another port.
      await connections.change(name, { client_id: clientId, client_secret: clientSecret });
      const reason = 'the lab has another port';
      const moved = { client_secret: clientSecret, endpoints, options, reason, move_identities: true };
      await connections.change(name, moved);
    }
  }
}
