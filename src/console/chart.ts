import { type Html, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { Visit } from './visit.ts';

/** The kind of a value, by which it has its colour. */
export type Tone = 'good' | 'bad' | 'warn' | 'plain';

export interface ChartKey {
  readonly text: string;
  readonly tone: Tone;
}

export interface Bar {
  /** The time of the bar, as the table has it. */
  readonly label: string;
  /** A value for each key. Null: not counted yet. */
  readonly values: readonly (number | null)[];
  /** The list behind each value. */
  readonly hrefs: readonly string[];
}

export interface Chart {
  readonly title: string;
  readonly keys: readonly ChartKey[];
  readonly bars: readonly Bar[];
  /** The number in the legend: of all bars together, or of the last one. */
  readonly counts?: 'sum' | 'last';
  /** After each number, e.g. ` ms`. */
  readonly unit?: string;
}

const [width, height] = [480, 120];

/**
 * Returns stacked bars as SVG, and the same as a table. Each value leads to the list behind it. The links of the bars are left
 * out of the order of tabs, since the table has them too.
 */
export function chartFigure(visit: Visit, { title, keys, bars, unit = '', counts = 'sum' }: Chart): Html {
  const { locale, say } = visit;
  const number = (value: number) => value.toLocaleString(locale) + unit;
  const sums = bars.map(({ values }) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0));
  const most = Math.max(1, ...sums);
  const step = width / Math.max(1, bars.length);
  const drawn = bars.map(({ label, values, hrefs }, index) => {
    let top = height;
    return values.map((value, key) => {
      if (!value) return undefined;
      const tall = Math.max(2, (value / most) * (height - 8));
      top -= tall;
      const words = `${label}: ${keys[key]?.text} ${number(value)}`;
      return html`<a href="${hrefs[key]}" tabindex="-1" aria-label="${words}"><rect class="${keys[key]?.tone}" x="${round(index * step + 1)}" y="${round(top)}" width="${round(step - 2)}" height="${round(tall)}" rx="1"><title>${words}</title></rect></a>`;
    });
  });
  const heads = keys.map(({ text }) => html`<th scope="col">${text}</th>`);
  const rows = bars.map(
    ({
      label,
      values,
      hrefs,
    }) => html`<tr><th scope="row">${label}</th>${values.map((value, key) => html`<td>${value === null ? '–' : value === 0 ? '0' : html`<a href="${hrefs[key]}">${number(value)}</a>`}</td>`)}</tr>
`,
  );
  const counted = counts === 'sum' ? bars : bars.slice(-1);
  const total = (key: number) => counted.reduce((sum, { values }) => sum + (values[key] ?? 0), 0);
  const legend = keys.map(
    ({ text, tone }, key) =>
      html`<li><span class="swatch ${tone}"></span>${text}${unit === '' && html` <b>${number(total(key))}</b>`}</li>`,
  );
  return html`<figure class="card chart"><figcaption><h2>${title}</h2><ul class="legend">${legend}</ul></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="group" aria-label="${title}" preserveAspectRatio="none"><line x1="0" y1="${height}" x2="${width}" y2="${height}"/>${drawn}</svg>
<p class="axis"><span>${bars[0]?.label}</span><span>${say(texts.most)} ${number(most)}</span><span>${bars.at(-1)?.label}</span></p>
<details><summary>${say(texts.table)}</summary><div class="scroll"><table><caption class="unseen">${title}</caption>
<thead><tr><th scope="col">${say(texts.time)}</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></details></figure>`;
}

function round(value: number): string {
  return value.toFixed(1);
}

const texts = {
  table: { en: 'As a table', zh: '以表格显示' },
  time: { en: 'Time', zh: '时间' },
  most: { en: 'highest', zh: '最高' },
} satisfies Record<string, Text>;
