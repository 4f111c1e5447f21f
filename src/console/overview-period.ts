import type { Text } from '../kit/locale.ts';
import { overviewTexts as texts } from './overview-texts.ts';
import type { Visit } from './visit.ts';
import { minutesEast, wallClock } from './zone.ts';

const hour = 3_600_000;

/** A period of the overview. Its bars are hours or days. */
export interface Period {
  readonly name: '24h' | '7d' | '30d';
  readonly text: Text;
  readonly hours: number;
  readonly by: 'hour' | 'day';
  label(at: string, visit: Visit): string;
  /** Returns the address of the events behind a bar. */
  eventsAt(at: string, types: readonly string[], visit: Visit, connection?: string): string;
}

function periodOf(about: Pick<Period, 'name' | 'text' | 'hours' | 'by'>): Period {
  const length = about.by === 'hour' ? hour : 24 * hour;
  return {
    ...about,
    label: (at, { zone }) =>
      about.by === 'hour'
        ? wallClock(new Date(at), zone.name).slice(5, 16)
        : wallClock(new Date(at), zone.name).slice(0, 10),
    eventsAt(at, types, { ask, caller }, connection = ask('connection')) {
      const until = new Date(Date.parse(at) + length).toISOString();
      const pairs = [
        ...types.map((type) => ['type', type]),
        ...(connection === '' ? [] : [['connection', connection]]),
        ...(ask('app') === '' ? [] : [['app', ask('app')]]),
        ['since', at],
        ['until', until],
      ];
      return caller.rights.namesOnly ? '/console/people' : `/console/events?${new URLSearchParams(pairs)}`;
    },
  };
}

export const periods = [
  periodOf({ name: '24h', text: texts.day, hours: 24, by: 'hour' }),
  periodOf({ name: '7d', text: texts.week, hours: 7 * 24, by: 'day' }),
  periodOf({ name: '30d', text: texts.month, hours: 30 * 24, by: 'day' }),
] as const;

/** Returns the query of `GET /usage`. Days begin at the viewer's midnight where the API counts so. */
export function queryOfPeriod({ ask, now, zone }: Visit, { hours, by, name }: Period) {
  const [connection, app] = [ask('connection'), ask('app')];
  const since = new Date(now.getTime() - hours * hour).toISOString();
  const ofViewer =
    name === '7d' && app === '' ? { offset: String(Math.trunc(minutesEast(now, zone.name) / 60) * 60) } : {};
  return {
    by,
    since,
    until: now.toISOString(),
    ...ofViewer,
    ...(connection !== '' && { connection }),
    // Hours know no app.
    ...(app !== '' && by === 'day' && { app }),
  };
}
