import type { Json } from '../../kit/exact-json.ts';
import { isPlain } from '../../kit/plain-text.ts';
import type { Traits } from '../contract/contract.ts';
import { synonymOf } from '../contract/scope-cover.ts';

/** Characters. Longer names are dropped. */
const longestScope = 512;
/** Further scopes are dropped. */
const mostScopes = 500;

/**
 * Returns the scopes of a token answer, by the connector's names. The answer has a text (RFC 6749 section 3.3), a list, or
 * an object of names with booleans. Undefined: it names none. A comma is part of a name only if that name is in `asked`.
 */
export function grantedScopes(
  said: Json | undefined,
  { scopes }: Pick<Traits, 'scopes'>,
  asked: readonly string[],
): readonly string[] | undefined {
  const texts = textsOf(said);
  if (!texts) return undefined;
  const spaced = (scopes.grantedSeparator ?? scopes.separator) === ' ';
  const names = texts
    .flatMap((text) => text.split(/\s+/))
    .flatMap((name) => (spaced && asked.includes(name) ? [name] : name.split(',')));
  const usable = names.filter((name) => name !== '' && name.length <= longestScope && isPlain(name));
  return [...new Set(usable.map((name) => synonymOf(scopes, name)))].slice(0, mostScopes);
}

function textsOf(said: Json | undefined): readonly string[] | undefined {
  if (typeof said === 'string') return [said];
  if (Array.isArray(said)) {
    const texts = said.filter((one) => typeof one === 'string');
    return texts.length > 0 || said.length === 0 ? texts : undefined;
  }
  if (said === null || typeof said !== 'object') return undefined;
  const entries = Object.entries(said);
  const isList = entries.length > 0 && entries.every(([, granted]) => typeof granted === 'boolean');
  return isList ? entries.flatMap(([name, granted]) => (granted ? [name] : [])) : undefined;
}
