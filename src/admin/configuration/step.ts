import type { Secret } from '../../kit/secret.ts';
import type { Fields, Section } from './items.ts';

/** One call of an operation of the API. */
export interface Step {
  /** Method and path, e.g. `PATCH /apps/{app}`. */
  readonly operation: string;
  readonly act: 'create' | 'change' | 'restore' | 'remove' | 'replace the secret of';
  readonly section: Section | 'branding' | 'order' | 'admission';
  readonly key: string;
  /** The names of the fields that change. */
  readonly fields: readonly string[];
  readonly param?: { readonly name: string; readonly key: string };
  readonly body?: Fields;
  /** Values that no request can bring. */
  readonly given?: { readonly id?: string; readonly secret?: Secret };
}
