import { type IssuanceSeed, resources } from './issuance-seed.ts';
import type { Exchange, RequestSource } from './request-load.ts';

export type Side = 'floor' | 'broker';

/** One measured job. */
export interface Job {
  readonly title: string;
  /** The floor's job, if it cannot do the same. */
  readonly instead?: string;
  requestSource(side: Side): RequestSource;
}

export interface JobsDeps {
  readonly host: string;
  readonly seed: IssuanceSeed;
  /** Prepares the values that the measured requests use. */
  readonly ask: (side: Side, request: string) => Promise<string>;
}

/** Returns the bytes of requests by the seeded app. */
function posting({ host, seed: { clientId, clientSecret } }: Pick<JobsDeps, 'host' | 'seed'>) {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return (path: string, form: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams(form).toString();
    const type = 'Content-Type: application/x-www-form-urlencoded';
    return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nAuthorization: Basic ${credentials}\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
}

const own = (resource: string) => ({ grant_type: 'client_credentials', scope: 'read', resource });

/** Returns the request for a token of the app's own, signed by RS256. */
export function requestOfOwnToken(of: Pick<JobsDeps, 'host' | 'seed'>): string {
  return posting(of)('/oauth/token', own(resources.rs256));
}

export async function createJobs({ host, seed, ask }: JobsDeps): Promise<readonly Job[]> {
  const { people } = seed;
  const post = posting({ host, seed });
  const token = (side: Side, form: Readonly<Record<string, string>>) => ask(side, post('/oauth/token', form));
  const always =
    (exchange: Exchange): RequestSource =>
    () =>
      exchange;
  const issued = (resource: string): RequestSource =>
    always({ request: post('/oauth/token', own(resource)), accept: expecting('"access_token":"') });
  const introspected = (value: string): RequestSource =>
    always({ request: post('/oauth/introspect', { token: value }), accept: expecting('"active":true') });

  // Chains of refresh tokens go on from one round to the next. Each server has its own.
  const chains = {
    floor: people.map(({ refreshToken }) => refreshToken),
    broker: people.map(({ refreshToken }) => refreshToken),
  };
  const refreshed = (side: Side): RequestSource => {
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
  const informed = (side: Side): RequestSource => {
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
    { title: 'client credentials, RS256', requestSource: () => issued(resources.rs256) },
    { title: 'client credentials, ES256', requestSource: () => issued(resources.es256) },
    { title: 'refresh with rotation, JWT and ID token, RS256', requestSource: refreshed },
    { title: 'introspection, opaque', requestSource: (side) => introspected(opaque[side]) },
    {
      title: 'introspection, JWT',
      instead: 'an opaque one, since it introspects no JWT',
      requestSource: (side) => introspected(side === 'broker' ? jwt : opaque.floor),
    },
    {
      title: 'userinfo, with a JWT',
      instead: 'an opaque one, since it takes no JWT there',
      requestSource: informed,
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
