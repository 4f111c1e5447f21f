import express from 'express';
import { type Clock, seconds, systemClock } from '../kit/clock.ts';
import { listen } from '../kit/server.ts';
import { stylesheet } from './authorize/style.ts';
import { createControl } from './control.ts';
import type { LabClient } from './core/client.ts';
import { createStateFile, loadState } from './core/state-file.ts';
import { indexPage } from './index-page.ts';
import type { Profile } from './profile.ts';
import { type LabConnection, labConnections, labProfiles } from './profiles.ts';
import { createRoom, type RunningRoom } from './room.ts';

export interface LabOptions {
  readonly clock?: Clock | undefined;
  /** The redirect URIs of the default clients: origins, or whole URIs. */
  readonly redirectOrigins: readonly string[];
  /** The clients per profile, instead of the default one. */
  readonly clients?: Readonly<Record<string, readonly LabClientOption[]>> | undefined;
  readonly profiles?: readonly Profile[] | undefined;
  /** The JSON file in which issued tokens are stored across restarts. */
  readonly stateFile?: string | undefined;
  /** The public address; `http://localhost:{port}` by default. */
  readonly publicUrl?: string | undefined;
  readonly production?: boolean | undefined;
}

type LabClientOption = Omit<LabClient, 'redirectOrigins'> & Partial<Pick<LabClient, 'redirectOrigins'>>;

export interface RunningLab {
  readonly url: string;
  readonly port: number;
  connections(): LabConnection[];
  close(): Promise<void>;
}

export interface Lab {
  listen(port: number, host?: string): Promise<RunningLab>;
  /**
   * Returns every code, token and client secret this lab issued, so that tests can search for leaks. Never served over
   * HTTP.
   */
  minted(): string[];
}

/**
 * The lab is a real HTTP server with one simulated provider per first path segment. It owns their people, clients, grants
 * and tokens, and a control API under `/control` that makes them fail in chosen ways. `profiles/` declares each provider,
 * `engines/` implements the protocols, `authorize/` shows the consent pages, and `core/` stores tokens and applies
 * faults. It serves developer mode and the tests, imports nothing of the broker but `kit`, and refuses to run in
 * production.
 */
export function createLab(options: LabOptions): Lab {
  if (options.production === true)
    throw new Error('The lab lets any visitor sign in as any person: not in production.');
  const { clock = systemClock, profiles = labProfiles } = options;
  const minted = new Set<string>();
  const rooms = new Map<string, RunningRoom>();
  const file = createStateFile(options.stateFile, () =>
    Object.fromEntries([...rooms].map(([name, room]) => [name, room.state()])),
  );
  const saved = loadState(options.stateFile);
  let url = options.publicUrl;

  for (const profile of profiles) {
    const clients = clientsOf(profile, options);
    for (const { clientSecret } of clients) minted.add(clientSecret);
    const labUrl = () => url ?? 'http://localhost';
    const state = saved[profile.name];
    rooms.set(
      profile.name,
      createRoom({ profile, clock, clients, minted, state, changed: file.changed, labUrl }),
    );
  }

  const app = createApp(rooms, clock);
  return {
    minted: () => [...minted],
    async listen(port, host = '127.0.0.1') {
      const listener = await listen(app, port, host);
      const actual = listener.port;
      const running = url ?? `http://localhost:${actual}`;
      url = running;
      const connections = () =>
        labConnections(running, profiles).map((one) => ({ ...one, ...credentials(rooms.get(one.name)) }));
      const close = async () => {
        // A fault may have left some requests without an answer.
        await listener.close({ patience: seconds(1) });
        file.save();
      };
      return { url: running, port: actual, connections, close };
    },
  };
}

function clientsOf(profile: Profile, { clients, redirectOrigins }: LabOptions): LabClient[] {
  const { clientId, clientSecret, name } = profile;
  return (clients?.[name] ?? [{ clientId, clientSecret }]).map((client) => ({ redirectOrigins, ...client }));
}

/** Returns the client of a connection: the first one registered. */
function credentials(room: RunningRoom | undefined): Partial<LabConnection> {
  const [client] = room?.clients ?? [];
  return client === undefined ? {} : { clientId: client.clientId, clientSecret: client.clientSecret };
}

function createApp(rooms: ReadonlyMap<string, RunningRoom>, clock: Clock): express.Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing');
  // Only the control API's answers, which people read in a browser, are indented.
  app.set('json spaces', 2);
  app.use((_request, response, next) => {
    response.set('Date', clock.now().toUTCString());
    next();
  });
  // Profiles parse their own bodies, since each provider accepts other formats.
  app.use(express.text({ type: () => true, limit: '100kb' }));
  app.get('/', (request, response) => {
    response.type('html').send(indexPage(rooms, `http://${request.headers.host}`).toString());
  });
  app.get('/lab.css', (_request, response) => void response.type('css').send(stylesheet));
  app.use('/control', createControl(rooms));
  for (const [name, { router }] of rooms) app.use(`/${name}`, router);
  return app;
}
