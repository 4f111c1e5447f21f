import type { HtmlPart } from '../kit/html.ts';
import { chartFigure } from './chart.ts';
import { stateTexts } from './health-texts.ts';
import type { Period } from './overview-period.ts';
import { overviewTexts as texts } from './overview-texts.ts';
import type { Visit } from './visit.ts';
import { minutesEast, wallClock } from './zone.ts';

interface Health {
  readonly series: readonly {
    readonly state: string;
    readonly points: readonly { readonly at: string; readonly n: number | null }[];
  }[];
}

interface Ending {
  readonly days: readonly { readonly from: string; readonly n: number }[];
}

const troubled = ['reauthorization_required', 'retrying', 'expiring', 'revoked'] as const;
const most = 48;

/** Returns the grants in trouble over time, and those that end in the next 14 days. */
export async function grantCharts(visit: Visit, period: Period): Promise<readonly HtmlPart[]> {
  return [await healthChart(visit, period), await endingChart(visit)];
}

async function healthChart(visit: Visit, { hours }: Period): Promise<HtmlPart> {
  if (!visit.offers('GET /health/grants')) return undefined;
  const { say, ask, now, zone } = visit;
  const connection = ask('connection');
  const since = new Date(now.getTime() - hours * 3_600_000).toISOString();
  const query = { since, until: now.toISOString(), ...(connection !== '' && { connection }) };
  const { series } = await visit.read<Health>('GET /health/grants', { query });
  const times = series[0]?.points.map(({ at }) => at) ?? [];
  const every = Math.ceil(times.length / most);
  // The last census is always shown, since the legend counts it.
  const shown = times.flatMap((at, index) =>
    (times.length - 1 - index) % every === 0 ? [{ at, index }] : [],
  );
  const bars = shown.map(({ at, index }) => ({
    label: wallClock(new Date(at), zone.name).slice(5, 16),
    values: troubled.map((state) =>
      series
        .filter((one) => one.state === state)
        .reduce((sum, { points }) => sum + (points[index]?.n ?? 0), 0),
    ),
    hrefs: troubled.map((state) => accounts({ state, ...(connection !== '' && { connection }) })),
  }));
  const keys = troubled.map((state) => ({
    text: say(stateTexts[state].badge),
    tone:
      state === 'reauthorization_required'
        ? ('bad' as const)
        : state === 'revoked'
          ? ('plain' as const)
          : ('warn' as const),
  }));
  return chartFigure(visit, { title: say(texts.trouble), keys, bars, counts: 'last' });
}

async function endingChart(visit: Visit): Promise<HtmlPart> {
  if (!visit.offers('GET /health/ending')) return undefined;
  const { say, now, zone } = visit;
  const query = { offset: String(minutesEast(now, zone.name)) };
  const { days } = await visit.read<Ending>('GET /health/ending', { query });
  const bars = days.map(({ from, n }, index) => ({
    label: wallClock(new Date(from), zone.name).slice(0, 10),
    values: [n],
    hrefs: [accounts({ ends_within: String(index + 1), sort: 'ends' })],
  }));
  return chartFigure(visit, {
    title: say(texts.ending),
    keys: [{ text: say(texts.endingKey), tone: 'warn' }],
    bars,
  });
}

function accounts(query: Readonly<Record<string, string>>): string {
  return `/console/identities?${new URLSearchParams(query)}`;
}
