import { type Html, html } from '../../kit/html.ts';
import type { Locale } from '../../kit/locale.ts';
import type { OperationEntry } from './entries.ts';
import { exampleOf, type Resolve, typeWords } from './schemas.ts';
import { texts } from './texts.ts';

/** Returns the section of one operation: its purpose, its input, its answers. */
export function operationView(entry: OperationEntry, resolve: Resolve, locale: Locale): Html {
  const { id, method, path, summary, description, scheme, parameters, body, answers } = entry;
  return html`<section class="card" id="${id}">
<h3><a class="anchor" href="#${id}"><code class="method ${method}">${method.toUpperCase()}</code> <code class="name">${path}</code></a></h3>
<p>${summary}</p>
${description && html`<p class="quiet">${marked(description)}</p>`}
<p class="quiet">${texts.bearer[locale]}${locale === 'zh' ? '：' : ': '}<a href="#security-${scheme}"><code>${scheme}</code></a></p>
${parameters.length > 0 && html`<h4>${texts.parameters[locale]}</h4>${table(parameters.map(parameterRow))}`}
${body !== undefined && html`<h4>${texts.body[locale]}</h4>${fields(body, resolve)}${json(body, resolve)}`}
<h4>${texts.answers[locale]}</h4>
${answers.map(({ status, text, schema }) => answerView({ status, text, schema }, resolve))}
</section>`;
}

function answerView({ status, text, schema }: OperationEntry['answers'][number], resolve: Resolve): Html {
  if (!status.startsWith('2') || schema === undefined) {
    return html`<p><code>${status}</code> ${marked(text)}</p>`;
  }
  return html`<p><code>${status}</code></p>${json(schema, resolve)}`;
}

function parameterRow({ name, where, required, schema }: OperationEntry['parameters'][number]): Html {
  return row(name, `${typeWords(schema)} · ${where}${required ? ' · required' : ''}`, schema.description);
}

/** Returns the fields of an object schema as a table. */
export function fields(objectSchema: unknown, resolve: Resolve): Html {
  const { properties = {}, required = [] } = resolve(objectSchema);
  const rows = Object.entries(properties).map(([name, schema]) =>
    row(name, typeWords(schema) + (required.includes(name) ? ' · required' : ''), schema.description),
  );
  return table(rows);
}

function row(name: string, type: string, description: string | undefined): Html {
  return html`<tr><td><code>${name}</code></td><td>${type}</td><td>${marked(description ?? '')}</td></tr>`;
}

function table(rows: readonly Html[]): Html {
  return html`<div class="scroll"><table>${rows}</table></div>`;
}

/** Returns an example value of the schema as JSON. */
export function json(schema: unknown, resolve: Resolve): Html {
  return html`<pre>${JSON.stringify(exampleOf(schema, resolve), null, 2)}</pre>`;
}

/** Returns the text with its `code` in backticks as code elements. */
export function marked(text: string): readonly (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
