import express, { type Express } from 'express';
import session from 'express-session';
import { hours, systemClock } from '../kit/clock.ts';
import { newSecret } from '../kit/ids.ts';
import { listen } from '../kit/server.ts';
import { createBrokerApi } from './broker-api.ts';
import { createBrokerClient } from './broker-client.ts';
import type { DemoOptions } from './options.ts';
import { demoRoutes } from './routes.ts';
import { headers, ownPagesOnly } from './safety.ts';
import { answerTrouble } from './trouble.ts';

export interface RunningDemo {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface Demo {
  listen(port: number, host?: string): Promise<RunningDemo>;
}

/**
 * A small client app that shows the whole flow: it signs in through the broker, reads the broker's access
 * token, retrieves a provider's token with it and calls the provider's API. It knows the broker's address and
 * nothing else about it.
 */
export function createDemo(options: DemoOptions): Demo {
  const app = createApp(options);
  return {
    async listen(port, host = '127.0.0.1') {
      const listener = await listen(app, port, host);
      return { url: options.publicUrl, port: listener.port, close: () => listener.close() };
    },
  };
}

function createApp(options: DemoOptions): Express {
  const {
    issuer,
    clientId,
    publicUrl,
    connections,
    clock = systemClock,
    onError = () => undefined,
  } = options;
  const secure = publicUrl.startsWith('https://');
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(headers(secure), ownPagesOnly);
  app.use(
    session({
      name: 'symbolon_demo',
      secret: newSecret(),
      cookie: { httpOnly: true, sameSite: 'lax', secure, maxAge: hours(8) },
      resave: false,
      saveUninitialized: false,
    }),
  );
  const broker = createBrokerClient({ ...options, clock });
  app.use(demoRoutes({ broker, api: createBrokerApi(issuer), issuer, clientId, connections, clock }));
  app.use(answerTrouble(onError));
  return app;
}
