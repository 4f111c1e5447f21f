import escapeHtml from 'escape-html';

/** Markup that is safe to send. Only `html` makes it. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

export type HtmlPart = Html | string | number | false | null | undefined | readonly HtmlPart[];

/** Escapes every value of the template except `Html`. Arrays are joined; `false` and empty values are left out. */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlPart[]): Html {
  return new Html(literals.reduce((markup, literal, index) => markup + render(values[index - 1]) + literal));
}

function render(part: HtmlPart): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part.map(render).join('');
}
