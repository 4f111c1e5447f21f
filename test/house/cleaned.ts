/**
 * The rooms and pages that hold to the rule of language (docs/style.md), one a line in alphabetical order: the name of a
 * room as `roomOf` gives it, or the path of a page. 'all' stands for every room and every page.
 */
export const cleaned: readonly string[] = [
  //
];
