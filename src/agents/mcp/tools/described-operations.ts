import {
  approvalOf,
  findProxyRule,
  methodOf,
  type ProxyRule,
  type ReadCall,
} from '../../../issuance/registry/proxy-rules.ts';
import type { ApiOperation } from '../../../login/connections.ts';
import { isRead } from '../../ports.ts';

/** An operation with the way in which this client may make it. */
export interface AllowedOperation extends ApiOperation {
  /** read: a read without a question; ask: the person is asked first; write: a change that the operator does not have asked for. */
  readonly call: 'read' | 'ask' | 'write';
}

export interface DescribedOperations {
  readonly operations: readonly AllowedOperation[];
  /** There are more than are shown. */
  readonly truncated: boolean;
}

const mostShown = 20;
const mostBytes = 32 * 1024;
const mostWords = 20;
/** A rule that denies is compared with many spellings, and there may be a hundred of them. */
const mostAsked = 300;

/** Returns the operations that the rules allow and that have words of the query, those with the most first. */
export function describedOperations(
  operations: readonly ApiOperation[],
  { rules, query }: { readonly rules: readonly ProxyRule[]; readonly query: string },
): DescribedOperations {
  const words = [...new Set(wordsOf(query))].slice(0, mostWords);
  const found = operations
    .map((operation) => ({ operation, score: scoreOf(operation, words) }))
    .filter(({ score }) => words.length === 0 || score > 0)
    .toSorted((one, other) => other.score - one.score);
  const shown: AllowedOperation[] = [];
  const allowing = rules.filter(({ deny }) => !deny);
  let bytes = 0;
  let asked = 0;
  for (const { operation } of found) {
    const made = callOf(operation);
    if (!made || !findProxyRule(allowing, made)) continue;
    asked += 1;
    if (asked > mostAsked) return { operations: shown, truncated: true };
    if (!findProxyRule(rules, made)) continue;
    const call = wordOf(approvalOf(rules, made), isRead(made));
    const allowed = { ...operation, call };
    bytes += Buffer.byteLength(JSON.stringify(allowed)) + 1;
    if (shown.length === mostShown || bytes > mostBytes) return { operations: shown, truncated: true };
    shown.push(allowed);
  }
  return { operations: shown, truncated: false };
}

/** A template stands for one segment, of which nothing is known: no rule has braces, so that only `*` fits it. */
function callOf({ method: written, path }: ApiOperation): ReadCall | undefined {
  const method = methodOf(written);
  return method && { method, readings: [path.replace(/\{[^{}]*\}/g, '{}')] };
}

function wordOf(approval: ProxyRule['approval'], reads: boolean): AllowedOperation['call'] {
  if (reads) return approval === 'always' ? 'ask' : 'read';
  return approval === 'never' ? 'write' : 'ask';
}

/** A word of the path, the id or a tag counts for more than one of the summary. */
function scoreOf(
  { method, path, operationId = '', summary = '', tags }: ApiOperation,
  words: readonly string[],
) {
  const names = new Set(wordsOf([method, path, operationId, ...tags].join(' ')));
  const told = new Set(wordsOf(summary));
  const has = (all: ReadonlySet<string>, word: string) =>
    all.has(word) || all.has(`${word}s`) || (word.endsWith('s') && all.has(word.slice(0, -1)));
  return words.reduce((sum, word) => sum + (has(names, word) ? 2 : has(told, word) ? 1 : 0), 0);
}

/** `listOpenIssues` has three words. */
function wordsOf(text: string): readonly string[] {
  const parted = text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return parted.match(/[\p{L}\p{N}]+/gu) ?? [];
}
