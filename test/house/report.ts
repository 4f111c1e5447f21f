import { parseArgs } from 'node:util';
import { tableOf } from '../../src/cli/table.ts';
import { type Measured, measure } from './measure.ts';

// npm run house [-- --json] [--at DIR] [--commits RANGE]. Prints the house in numbers, measured from the code: of this
// checkout or of the one in DIR, with the last 100 commits or those of the range.

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, at: { type: 'string' }, commits: { type: 'string' } },
});
const measured = measure(values.at ?? '.', values.commits?.split(' ') ?? undefined);
process.stdout.write(values.json ? `${JSON.stringify(measured, null, 2)}\n` : printed(measured));

function printed({ comments, words, commits, pages, lines, ...structure }: Measured): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const figures = [
    ['rooms', structure.rooms],
    ['floors: longest chain of rooms that import each other', structure.floors],
    ['arrows: pairs of rooms of which one imports from the other', structure.arrows],
    ['cycles among files', structure.cycles],
    ['source files', structure.files],
    ['lines', lines.all],
    ['lines of a file: median / p90 / max', `${lines.median} / ${lines.p90} / ${lines.max}`],
    ['sentences in comments', comments.sentences],
    ['  that begin with What, Who, Whoever, Whatever, One that', percent(comments.withoutSubject)],
    ['  with whoever, somebody, nobody, anybody, someone …', percent(comments.namingNoOne)],
    ['  that begin with Answers', comments.answers],
    [`characters of ${commits.subjects} commit subjects: median / max`, `${commits.median} / ${commits.max}`],
  ];
  const counts = words.map(({ word, ...count }) => [word, ...Object.values(count).map(String)]);
  const means = pages.map(({ path, sentences, mean }) => [path, String(sentences), mean.toFixed(1)]);
  return [
    tableOf([['figure', 'value'], ...figures.map((row) => row.map(String))]),
    tableOf([['word', 'in comments', 'identifiers', 'strings', 'file names'], ...counts]),
    tableOf([['page', 'sentences', 'words a sentence'], ...means]),
  ].join('\n');
}
