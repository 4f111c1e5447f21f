import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Broker } from './broker.ts';
import type { Config } from './config.ts';
import { createDemo } from './demo/demo.ts';
import type { Keyring } from './kit/keyring.ts';
import { Secret } from './kit/secret.ts';
import { createLab, type RunningLab } from './lab/lab.ts';

// Developer mode: simulated providers registered as connections, and a demo app that is a client like any other.

export async function startLab(config: Config, opened: AsyncDisposableStack): Promise<RunningLab> {
  const lab = createLab({
    redirectOrigins: [config.issuer],
    stateFile: path.join(config.dataDirectory, 'lab.json'),
    production: config.production,
  });
  const running = await lab.listen(config.labPort, config.host);
  opened.defer(() => running.close());
  return running;
}

/** Answers the demo's address; undefined when it is switched off. */
export async function startDemo(
  deps: { config: Config; broker: Broker; lab: RunningLab; keyring: Keyring },
  opened: AsyncDisposableStack,
): Promise<string | undefined> {
  const { config, broker, lab, keyring } = deps;
  await registerLab(broker, lab);
  if (!config.demo) return undefined;
  const publicUrl = `http://localhost:${config.demoPort}`;
  const clientSecret = new Secret(
    (keyring.derive('demo-client')[0] ?? Buffer.alloc(0)).toString('base64url'),
  );
  await broker.issuance.apps.ensure(
    'app_demo',
    {
      name: 'Demo app',
      type: 'web',
      redirectUris: [`${publicUrl}/callback`],
      postLogoutRedirectUris: [`${publicUrl}/`],
      homepage: publicUrl,
      connections: lab.connections().map(({ name }) => ({ connection: name })),
    },
    clientSecret,
  );
  const demo = createDemo({
    issuer: config.issuer,
    clientId: 'app_demo',
    clientSecret: clientSecret.reveal(),
    publicUrl,
    connections: lab.connections().map(({ name, title }) => ({ alias: name, title })),
  });
  const running = await demo.listen(config.demoPort, config.host);
  opened.defer(() => running.close());
  return publicUrl;
}

/** Makes each simulated provider a connection, and follows it to another port. */
export async function registerLab(
  { connections }: Pick<Broker, 'connections'>,
  lab: RunningLab,
): Promise<void> {
  for (const { name, provider, clientId, clientSecret, endpoints } of lab.connections()) {
    const known = await connections.findNow(name);
    const registration = { client_id: clientId, client_secret: clientSecret, endpoints };
    if (!known) {
      await connections.create({
        alias: name,
        provider,
        ...registration,
        scopes: [],
        enabled: true,
        for: 'login',
      });
    } else if (!isDeepStrictEqual(known.endpoints, endpoints)) {
      await connections.change(name, registration);
    }
  }
}
