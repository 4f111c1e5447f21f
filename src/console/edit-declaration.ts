import type { HtmlPart } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { Visit } from './visit.ts';

/** The fields of a posted form. */
export interface Posted {
  one(name: string): string;
  all(name: string): readonly string[];
  has(name: string): boolean;
}

/** A field of a form. Its name is the path in the body of the operation, e.g. `display_name.en`. */
export interface Field {
  readonly name: string;
  readonly label: Text | string;
  readonly hint?: Text | string | undefined;
  /**
   * `lines` and `words`: a list, one a line or with spaces between. `secret`: never shown; empty, it stays. `picture`: a
   * file, as a `data:` URL. `decision`: yes, no or nothing, and no part of the item.
   */
  readonly kind:
    | 'text'
    | 'lines'
    | 'words'
    | 'switch'
    | 'choice'
    | 'number'
    | 'secret'
    | 'ticks'
    | 'picture'
    | 'decision';
  /** For `choice` and `ticks`. */
  readonly options?: readonly { readonly value: string; readonly text: string | Text }[];
  readonly required?: boolean | undefined;
  /** It is a part of the path, and not of the body. */
  readonly aside?: true;
  /** An empty list is sent as null. */
  readonly nullable?: true;
  /** An input of another form, e.g. a table. Its value is read from the posted fields by `read`. */
  readonly custom?: {
    input(value: unknown, visit: Visit): HtmlPart;
    read(posted: Posted): unknown;
  };
}

/** The item that a form changes, as the API shows it. */
export type Item = Readonly<Record<string, unknown>> & {
  readonly version?: number;
  readonly managed_by?: string | null;
};

/**
 * A form over one operation that changes an item, or makes one. It holds the values that the person has seen, so that only
 * changed fields are sent, with the version as `If-Match`. `edit-save.ts` reads it.
 */
export interface EditForm {
  /** Method and path in the admin API. */
  readonly operation: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Absent: the form makes a new one. */
  readonly item?: Item | undefined;
  /** A sentence above the fields. */
  readonly about?: Text | undefined;
  readonly fields: readonly Field[];
  /** Values that are sent although the form has no field for them. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Every value is sent, as a new item and PUT need it. */
  readonly whole?: true;
  /**
   * Members of an object: `changed` sends those that changed, `all` sends the object, `{}` where it is empty. Others send
   * `null` for an object without members.
   */
  readonly objects?: Readonly<Record<string, 'changed' | 'all'>>;
  /** Asks for a reason. The API says when it is needed. */
  readonly reason?: Text;
  readonly button: Text;
  /** The address of the form; default: that of the page. */
  readonly action?: string;
  /** Reads the item anew, after another change came first. */
  readonly reread?: () => Promise<Item>;
}
