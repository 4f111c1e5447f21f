import { type HtmlPart, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import { type Bar, type Chart, type ChartKey, chartFigure } from './chart.ts';
import { grantCharts } from './grant-charts.ts';
import { type Period, queryOfPeriod } from './overview-period.ts';
import { overviewTexts as texts } from './overview-texts.ts';
import type { Visit } from './visit.ts';
import { timeText } from './zone.ts';

interface Usage {
  readonly through: string;
  readonly series: readonly {
    readonly name: string | null;
    readonly total: number;
    readonly points: readonly {
      readonly at: string;
      readonly n: number | null;
      readonly p95_ms: number | null;
    }[];
  }[];
}

interface Counted {
  readonly kind: 'login' | 'retrieval' | 'refresh' | 'ended';
  readonly title: Text;
  /** The outcomes that count as a success. */
  readonly good: readonly string[];
  /** The types of events behind a success and behind a failure. */
  readonly types: readonly [good: readonly string[], bad: readonly string[]];
  readonly words: readonly [good: Text, bad: Text];
}

const counted: readonly Counted[] = [
  {
    kind: 'login',
    title: texts.signIns,
    good: ['ok'],
    types: [['login.succeeded'], ['login.failed']],
    words: [texts.ok, texts.failed],
  },
  {
    kind: 'retrieval',
    title: texts.retrievals,
    good: ['retrieved', 'proxied'],
    types: [['token.retrieved', 'token.proxied'], ['token.refused']],
    words: [texts.given, texts.refused],
  },
  {
    kind: 'refresh',
    title: texts.refreshes,
    good: ['ok'],
    types: [['token.refreshed'], ['token.refresh_failed', 'token.reauthorization_required']],
    words: [texts.ok, texts.failed],
  },
  {
    kind: 'ended',
    title: texts.ended,
    good: [],
    types: [[], ['token.reauthorization_required']],
    words: [texts.ok, texts.endedKey],
  },
];

/** Returns the charts of the period, from the counts of `GET /usage`. */
export async function usageCharts(visit: Visit, period: Period): Promise<HtmlPart> {
  if (!visit.offers('GET /usage')) return undefined;
  const query = queryOfPeriod(visit, period);
  const read = (kind: string, group: string) =>
    visit.read<Usage>('GET /usage', { query: { ...query, kind, group } });
  const outcomes = await Promise.all(counted.map(({ kind }) => read(kind, 'outcome')));
  const calls = await read('refresh', 'connection');
  const figures = counted.map((one, index) =>
    chartFigure(visit, outcomeChart(visit, { one, usage: outcomes[index], period })),
  );
  const through = outcomes[0]?.through;
  return html`<div class="charts">${figures}${await grantCharts(visit, period)}${slowest(visit, calls, period)}</div>
${through && html`<p class="quiet">${visit.say(texts.through, { time: timeText(new Date(through), visit.zone) })}</p>`}`;
}

interface Outcomes {
  readonly one: Counted;
  readonly usage: Usage | undefined;
  readonly period: Period;
}

function outcomeChart(visit: Visit, { one, usage, period }: Outcomes): Chart {
  const { kind, title, good, types, words } = one;
  const { say } = visit;
  const times = usage?.series[0]?.points.map(({ at }) => at) ?? [];
  const sum = (index: number, isGood: boolean) => {
    const points = usage?.series.filter(({ name }) => good.includes(name ?? '') === isGood) ?? [];
    const values = points.map((series) => series.points[index]?.n ?? null);
    return values.includes(null) ? null : values.reduce<number>((total, value) => total + (value ?? 0), 0);
  };
  const sides = kind === 'ended' ? [1] : [0, 1];
  const keys: readonly ChartKey[] = sides.map((side) => ({
    text: say(words[side] ?? words[1]),
    tone: side === 0 ? 'good' : 'bad',
  }));
  const bars: readonly Bar[] = times.map((at, index) => ({
    label: period.label(at, visit),
    values: sides.map((side) => sum(index, side === 0)),
    hrefs: sides.map((side) => period.eventsAt(at, types[side] ?? [], visit)),
  }));
  return { title: say(title), keys, bars };
}

/** The connections with most refreshes have a chart of their own. */
const mostConnections = 4;

function slowest(visit: Visit, { series }: Usage, period: Period): HtmlPart {
  const known = series.filter(({ name, points }) => name && points.some(({ p95_ms: p95 }) => p95 !== null));
  return known.slice(0, mostConnections).map(({ name, points }) =>
    chartFigure(visit, {
      title: visit.say(texts.slow, { connection: name ?? '' }),
      unit: ' ms',
      keys: [{ text: visit.say(texts.p95), tone: 'plain' }],
      bars: points.map(({ at, p95_ms: p95 }) => ({
        label: period.label(at, visit),
        values: [p95],
        hrefs: [period.eventsAt(at, ['token.refreshed', 'token.refresh_failed'], visit, name ?? undefined)],
      })),
    }),
  );
}
