import { displayText } from '../http/display-text.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A document of this size has fewer parts. References could make it look larger without an end. */
const mostParts = 200_000;
const mostHops = 8;

/** The document of an operator is at fault. The message names the place. */
export class DocumentFault extends Error {}

/** A reader of the objects of one document. */
export interface Reader {
  /** Returns an object, behind references within the document. No other document is ever read. */
  open(value: unknown, place: string): Fields;
  /** Counts parts that are about to be looked at, since many references can lead to one large part. */
  spend(parts: number, place: string): void;
}

export function readerOf(root: Fields): Reader {
  let left = mostParts;
  const spend = (parts: number, place: string) => {
    left -= parts;
    if (left < 0) throw faultAt(place, 'is one part too many: references multiply the document');
  };
  return {
    spend,
    open(value, place) {
      let found = value;
      for (let hop = 0; hop <= mostHops; hop += 1) {
        spend(1, place);
        const fields = objectAt(found, place);
        const reference = own(fields, '$ref');
        if (reference === undefined) return fields;
        if (typeof reference !== 'string' || !/^#\/.{1,500}$/.test(reference))
          throw faultAt(`${place}.$ref`, 'must begin with #/, since other documents are not read');
        found = pointedAt(root, reference);
        if (found === undefined) throw faultAt(`${place}.$ref`, 'names no part of the document');
      }
      throw faultAt(`${place}.$ref`, 'leads through too many references, or back to itself');
    },
  };
}

/** RFC 6901, sections 4 and 6. */
function pointedAt(root: Fields, reference: string): unknown {
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = own(found as Fields, decoded(part).replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return found;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Returns a member of the object itself: names such as `constructor` and `__proto__` are plain input. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function objectAt(value: unknown, place: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw faultAt(place, 'must be an object');
}

export function listAt(value: unknown, place: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw faultAt(place, 'must be a list');
}

/** Returns the fault of a part of the document. */
export function faultAt(place: string, message: string): DocumentFault {
  return new DocumentFault(`${displayText(place, 200) || 'the document'}: ${message}`);
}
