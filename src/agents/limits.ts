/** The limits on agents. `Infinity`: none. */
export interface AgentLimits extends Brakes {
  /** Calls of a client with one account, where no policy has a rate. */
  readonly callsAMinute: number;
  /** Links of a client by which a person may connect accounts, open at the same time. */
  readonly links: number;
  /** Streams for news of a client for a person, in this process. */
  readonly streams: number;
  /** Streams for news of all, in this process. */
  readonly streamsInAll: number;
}

/** The brakes on the questions and the approved calls of one client for one person. */
export interface Brakes {
  /** Approved calls within a day. */
  readonly writesADay: number;
  /** Questions that wait at the same time. */
  readonly waiting: number;
  /** Questions within an hour. */
  readonly questionsAnHour: number;
}

export const usualLimits: AgentLimits = {
  callsAMinute: 120,
  waiting: 10,
  questionsAnHour: 60,
  writesADay: 200,
  links: 10,
  streams: 4,
  streamsInAll: 1_000,
};
