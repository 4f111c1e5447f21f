import { type IssuanceSeed, resources } from './issuance-seed.ts';
import type { Player, Turn } from './turns.ts';

export type Side = 'floor' | 'broker';

/** One thing that is measured. */
export interface Game {
  readonly title: string;
  /** What the floor does instead, where it cannot do the same. */
  readonly instead?: string;
  player(side: Side): Player;
}

export interface GamesDeps {
  readonly host: string;
  readonly seed: IssuanceSeed;
  /** Asks once, for what is then asked about. */
  readonly ask: (side: Side, request: string) => Promise<string>;
}

export async function createGames({ host, seed, ask }: GamesDeps): Promise<readonly Game[]> {
  const { clientId, clientSecret, people } = seed;
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const post = (path: string, form: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams(form).toString();
    const type = 'Content-Type: application/x-www-form-urlencoded';
    return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nAuthorization: Basic ${credentials}\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const token = (side: Side, form: Readonly<Record<string, string>>) => ask(side, post('/oauth/token', form));
  const always =
    (turn: Turn): Player =>
    () =>
      turn;
  const own = (resource: string) => ({ grant_type: 'client_credentials', scope: 'read', resource });
  const issued = (resource: string): Player =>
    always({ request: post('/oauth/token', own(resource)), accept: expecting('"access_token":"') });
  const introspected = (value: string): Player =>
    always({ request: post('/oauth/introspect', { token: value }), accept: expecting('"active":true') });

  // Chains go on from one round to the next; each side has its own.
  const chains = {
    floor: people.map(({ refreshToken }) => refreshToken),
    broker: people.map(({ refreshToken }) => refreshToken),
  };
  const refreshed = (side: Side): Player => {
    const chain = chains[side];
    return (connection) => ({
      request: post('/oauth/token', { grant_type: 'refresh_token', refresh_token: chain[connection] ?? '' }),
      accept(answer) {
        chain[connection] = textIn(answer, 'refresh_token');
        textIn(answer, 'id_token');
      },
    });
  };
  const bearers = {
    floor: people.map(({ opaqueToken }) => opaqueToken),
    broker: await Promise.all(
      chains.broker.map(async (refresh_token, index) => {
        const answer = await token('broker', { grant_type: 'refresh_token', refresh_token });
        chains.broker[index] = textIn(answer, 'refresh_token');
        return textIn(answer, 'access_token');
      }),
    ),
  };
  const informed = (side: Side): Player => {
    const requests = bearers[side].map(
      (bearer) =>
        `GET /userinfo HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nAuthorization: Bearer ${bearer}\r\n\r\n`,
    );
    return (connection) => ({ request: requests[connection] ?? '', accept: expecting('"email":"') });
  };
  const opaque = {
    floor: textIn(await token('floor', own(resources.opaque)), 'access_token'),
    broker: textIn(await token('broker', own(resources.opaque)), 'access_token'),
  };
  const jwt = textIn(await token('broker', own(resources.rs256)), 'access_token');

  return [
    { title: 'client credentials, RS256', player: () => issued(resources.rs256) },
    { title: 'client credentials, ES256', player: () => issued(resources.es256) },
    { title: 'refresh with rotation, JWT and ID token, RS256', player: refreshed },
    { title: 'introspection, opaque', player: (side) => introspected(opaque[side]) },
    {
      title: 'introspection, JWT',
      instead: 'an opaque one, since it introspects no JWT',
      player: (side) => introspected(side === 'broker' ? jwt : opaque.floor),
    },
    {
      title: 'userinfo, with a JWT',
      instead: 'an opaque one, since it takes no JWT there',
      player: informed,
    },
  ];
}

function expecting(text: string): (answer: string) => void {
  return (answer) => {
    if (!answer.includes(text)) throw new Error(`a wrong answer: ${answer.slice(0, 1000)}`);
  };
}

function textIn(answer: string, name: string): string {
  const [, value] = new RegExp(`"${name}":"([^"]+)"`).exec(answer) ?? [];
  if (value === undefined) throw new Error(`no ${name} in ${answer.slice(0, 1000)}`);
  return value;
}
