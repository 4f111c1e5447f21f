/** A form of a page, as a browser without JavaScript would submit it. */
export interface Form {
  readonly action: string;
  readonly method: string;
  /** The fields to submit, in order: hidden and prefilled inputs, and checked boxes and radio buttons. */
  readonly entries: readonly (readonly [string, string])[];
  /** The same by name; the last value of a repeated name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly buttons: readonly Button[];
}

export interface Button {
  readonly name: string | undefined;
  readonly value: string;
  readonly text: string;
}

export function formsIn(html: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head = '', body = '']) => {
    const { action = '', method = 'get' } = attributesOf(head);
    const entries = entriesIn(body);
    return {
      action,
      method: method.toUpperCase(),
      entries,
      fields: Object.fromEntries(entries),
      buttons: buttonsIn(body),
    };
  });
}

/** Returns the URLs of the links, in order. */
export function linksIn(html: string): readonly { href: string; text: string }[] {
  return [...html.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gi)].map(([, head = '', body = '']) => ({
    href: attributesOf(head).href ?? '',
    text: textOf(body),
  }));
}

/** Returns the visible text. */
export function textOf(html: string): string {
  return unescaped(html.replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

function entriesIn(body: string): (readonly [string, string])[] {
  return [...body.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, head = '']) => {
    const { name, type = 'text', value } = attributesOf(head);
    const box = type === 'checkbox' || type === 'radio';
    const left = box && !/\schecked\b/.test(head.replace(/"[^"]*"/g, ''));
    if (!name || left || ['submit', 'button'].includes(type)) return [];
    return [[name, value ?? (box ? 'on' : '')] as const];
  });
}

function buttonsIn(body: string): Button[] {
  const buttons = [...body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(
    ([, head = '', text = '']) => {
      const { name, value = '' } = attributesOf(head);
      return { name, value, text: textOf(text) };
    },
  );
  const inputs = [...body.matchAll(/<input\b([^>]*)>/gi)]
    .map(([, head = '']) => attributesOf(head))
    .filter(({ type }) => type === 'submit')
    .map(({ name, value = '' }) => ({ name, value, text: value }));
  return [...buttons, ...inputs];
}

function attributesOf(head: string): Record<string, string | undefined> {
  const found = head.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries(
    [...found].map(([, name, double, single]) => [name, unescaped(double ?? single ?? '')]),
  );
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function unescaped(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}
