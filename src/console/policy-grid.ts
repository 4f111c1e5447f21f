import { accountConsent } from '../issuance/registry/app.ts';
import { ruleLine, ruleOfLine } from '../issuance/registry/proxy-rules.ts';
import { type Html, html } from '../kit/html.ts';
import type { App } from './answers.ts';
import { appTexts as texts } from './app-texts.ts';
import type { Field, Posted } from './edit-declaration.ts';
import { wordsOf } from './edit-fields.ts';
import type { Option } from './list-declaration.ts';
import type { Visit } from './visit.ts';

type Line = App['connections'][number];

/** An API acts for people who call it, so its lines have no use while they are away. */
type Owner = 'app' | 'api';

/** Returns the policy of an app or an API as a field: a row for each connection, and an empty row to add one. */
export function policyField(connections: readonly Option[], owner: Owner = 'app'): Field {
  return {
    name: 'connections',
    label: texts.policy,
    kind: 'lines',
    custom: {
      input: (value, visit) => grid((value ?? []) as readonly Partial<Line>[], { connections, owner }, visit),
      read: (posted) => readLines(posted, owner),
    },
  };
}

interface Choices {
  readonly connections: readonly Option[];
  readonly owner: Owner;
}

function grid(lines: readonly Partial<Line>[], { connections, owner }: Choices, visit: Visit): Html {
  const { say } = visit;
  const taken = new Set(lines.map(({ connection }) => connection));
  const left = connections.filter(({ value }) => !taken.has(value));
  const rows = lines.map((line, index) => row(line, index, { left, owner, visit }));
  return html`<input type="hidden" name="line.count" value="${lines.length + 1}">
<div class="policy">${rows}${left.length > 0 && row({ handout: true }, lines.length, { left, owner, visit })}</div>${rows.length === 0 && html`<p class="quiet">${say(texts.addRow)}</p>`}`;
}

interface Place {
  readonly left: readonly Option[];
  readonly owner: Owner;
  readonly visit: Visit;
}

function row(line: Partial<Line>, index: number, { left, owner, visit }: Place): Html {
  const { say } = visit;
  const {
    connection,
    scopes = [],
    background,
    consent = 'required',
    handout,
    proxy = [],
    proxy_headers: headers = [],
    rate,
  } = line;
  const at = `line.${index}`;
  const text = (name: string, label: Field['label'], value: string | number | undefined, className = '') =>
    html`<label class="${className}">${wordsOf(label, visit)}<input name="${at}.${name}" value="${value}" maxlength="2048" autocomplete="off" spellcheck="false"></label>
`;
  const tick = (name: string, label: Field['label'], isOn: boolean | undefined) =>
    html`<label class="switch"><input type="checkbox" name="${at}.${name}" value="yes"${isOn && html` checked`}> ${wordsOf(label, visit)}</label>
`;
  const options = left.map(
    ({ value, text: name }) => html`<option value="${value}">${wordsOf(name, visit)}</option>`,
  );
  const asked = accountConsent.options.map(
    (value) =>
      html`<option value="${value}"${value === consent && html` selected`}>${say(texts[value])}</option>`,
  );
  const which =
    connection === undefined
      ? html`<label>${say(texts.connection)}<select name="${at}.connection"><option value="">–</option>${options}</select></label>`
      : html`<input type="hidden" name="${at}.connection" value="${connection}">`;
  const rules = proxy.map(ruleLine).join('\n');
  return html`<fieldset class="line"><legend>${connection ?? say(texts.addRow)}</legend>${which}
${text('scopes', texts.scopes, scopes.join(' '), 'wide')}
<div class="pair">${owner === 'app' && tick('background', texts.away, background)}${tick('handout', texts.handout, handout)}</div>
<label>${say(texts.consent)}<select name="${at}.consent">${asked}</select></label>
<label class="wide">${say(texts.proxy)}<textarea name="${at}.proxy" rows="2" spellcheck="false">${rules}</textarea></label>
${text('headers', texts.headers, headers.join(' '))}
<div class="pair">${text('requests', texts.requests, rate?.requests)}${text('seconds', texts.seconds, rate?.seconds)}</div>
${connection !== undefined && tick('remove', texts.removeRow, false)}</fieldset>
`;
}

/** The API checks the values, so that a word that is no number is passed on. */
const numberOf = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : text);
const wordsIn = (text: string) => text.split(/\s+/).filter(Boolean);

function readLines(posted: Posted, owner: Owner): readonly unknown[] | undefined {
  if (!posted.has('line.count')) return undefined;
  const count = Math.min(101, Number(posted.one('line.count')) || 0);
  return Array.from({ length: count }, (_, index) => {
    const one = (name: string) => posted.one(`line.${index}.${name}`);
    const [requests, seconds] = [one('requests'), one('seconds')];
    return one('connection') === '' || one('remove') !== ''
      ? undefined
      : {
          connection: one('connection'),
          scopes: wordsIn(one('scopes')),
          ...(owner === 'app' && { background: one('background') !== '' }),
          consent: one('consent') || 'required',
          handout: one('handout') !== '',
          proxy: one('proxy')
            .split(/\r?\n/)
            .filter((rule) => rule.trim() !== '')
            .map(ruleOfLine),
          proxy_headers: wordsIn(one('headers')),
          rate:
            requests + seconds === '' ? null : { requests: numberOf(requests), seconds: numberOf(seconds) },
        };
  }).filter((line) => line !== undefined);
}
