import { z } from 'zod';

const wholeNumber = 'must be a whole number from 0 to 1000000';

const limit = (fallback: number, what: string) => {
  return z.coerce
    .number(wholeNumber)
    .int(wholeNumber)
    .min(0, wholeNumber)
    .max(1_000_000, wholeNumber)
    .default(fallback)
    .describe(`${what}; \`0\`: no limit`);
};

/** The settings of the limits on callers. `docs/limits.md` has them all. */
export const limitSettings = {
  MOST_CONNECTIONS: z.coerce
    .number(wholeNumber)
    .int(wholeNumber)
    .min(0, wholeNumber)
    .max(1_000_000, wholeNumber)
    .optional()
    .describe(
      'open connections of this process, above which further ones are closed at once; default: one for each 512 KiB of its memory, 1,000 to 20,000; `0`: no limit',
    ),
  FLOOD_LIMIT_ADDRESS: limit(
    6_000,
    'requests per minute of one address to sign-in, tokens and the admin API, per process, before it has authenticated',
  ),
  FLOOD_LIMIT_CLIENT: limit(30_000, 'the same of one authenticated app or admin token, whatever its address'),
  FLOOD_LIMIT_WRONG: limit(120, 'the same of one address with one wrong secret'),
  NEW_APP_LIMIT_ADDRESS: limit(
    10,
    'new apps that register themselves, per minute and process, from the /24 of an address, of IPv6 the /48',
  ),
  NEW_APP_LIMIT_DOMAIN: limit(30, 'the same of one domain of metadata documents'),
  NEW_APP_LIMIT: limit(300, 'the same of all, for documents and registrations apart'),
  AGENT_LIMIT_CALLS: limit(120, 'calls per minute of one agent with one account, where no policy has a rate'),
  AGENT_LIMIT_WAITING: limit(10, 'questions of one agent to one person that wait for a decision'),
  AGENT_LIMIT_QUESTIONS: limit(60, 'questions of one agent to one person in an hour'),
  AGENT_LIMIT_APPROVED: limit(200, 'approved calls of one agent for one person in a day'),
  AGENT_LIMIT_LINKS: limit(10, 'open links of one agent by which one person may connect accounts'),
  AGENT_LIMIT_STREAMS: limit(4, 'open streams for news of one agent for one person, per process'),
  AGENT_LIMIT_STREAMS_ALL: limit(1_000, 'the same of all agents and people'),
};

type Limited = Exclude<keyof typeof limitSettings, 'MOST_CONNECTIONS'>;
type Read = { readonly [Name in Limited]: number } & { readonly MOST_CONNECTIONS?: number | undefined };

/** Returns the limits for the rooms, in which no limit is infinite. */
export function limitsOf(read: Read) {
  const of = (name: Limited) => (read[name] === 0 ? Number.POSITIVE_INFINITY : read[name]);
  return {
    mostConnections: read.MOST_CONNECTIONS,
    floodLimits: {
      address: read.FLOOD_LIMIT_ADDRESS,
      client: read.FLOOD_LIMIT_CLIENT,
      wrongCredentials: read.FLOOD_LIMIT_WRONG,
    },
    newAppLimits: {
      network: of('NEW_APP_LIMIT_ADDRESS'),
      domain: of('NEW_APP_LIMIT_DOMAIN'),
      all: of('NEW_APP_LIMIT'),
    },
    agentLimits: {
      callsAMinute: of('AGENT_LIMIT_CALLS'),
      waiting: of('AGENT_LIMIT_WAITING'),
      questionsAnHour: of('AGENT_LIMIT_QUESTIONS'),
      writesADay: of('AGENT_LIMIT_APPROVED'),
      links: of('AGENT_LIMIT_LINKS'),
      streams: of('AGENT_LIMIT_STREAMS'),
      streamsInAll: of('AGENT_LIMIT_STREAMS_ALL'),
    },
  };
}
