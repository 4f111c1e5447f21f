import { spawnSync } from 'node:child_process';
import { readHouse } from './house.ts';
import { beginsWithAnswers, commentsOf, namesNoOne, opensWithoutSubject, readPages } from './language.ts';
import type { Sentence } from './sentences.ts';
import { type Structure, structureOf } from './structure.ts';
import { type WordCount, wordCounts } from './words.ts';

/** The house in numbers. Shares are between 0 and 1. */
export interface Measured extends Structure {
  readonly comments: {
    readonly sentences: number;
    /** That begin with What, Who, Whoever, Whatever or One that. */
    readonly withoutSubject: number;
    /** With whoever, somebody, nobody, anybody, someone and their like. */
    readonly namingNoOne: number;
    /** The number that begin with Answers. */
    readonly answers: number;
  };
  readonly words: readonly WordCount[];
  readonly commits: { readonly subjects: number; readonly median: number; readonly max: number };
  readonly pages: readonly { readonly path: string; readonly sentences: number; readonly mean: number }[];
}

/**
 * @param root the directory of the checkout
 * @param range arguments of `git log` that choose the commits
 */
export function measure(root: string, range: readonly string[] = ['-100']): Measured {
  const house = readHouse(root);
  const sentences = commentsOf(house);
  const share = (holds: (one: Sentence) => boolean) =>
    sentences.filter(holds).length / Math.max(1, sentences.length);
  const subjects = subjectLengths(root, range);
  return {
    ...structureOf(house),
    comments: {
      sentences: sentences.length,
      withoutSubject: share(opensWithoutSubject),
      namingNoOne: share(namesNoOne),
      answers: sentences.filter(beginsWithAnswers).length,
    },
    words: wordCounts(house),
    commits: {
      subjects: subjects.length,
      median: subjects[Math.floor(subjects.length / 2)] ?? 0,
      max: subjects.at(-1) ?? 0,
    },
    pages: readPages(root).map(({ path, sentences, mean }) => ({ path, sentences: sentences.length, mean })),
  };
}

function subjectLengths(root: string, range: readonly string[]): readonly number[] {
  const { status, stdout, stderr } = spawnSync('git', ['-C', root, 'log', '--format=%s', ...range], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git log: ${stderr}`);
  const subjects = stdout.split('\n').filter((one) => one !== '');
  return subjects.map(({ length }) => length).sort((one, other) => one - other);
}
