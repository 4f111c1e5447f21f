/**
 * Realistic records of one product's export about the people of a number, with accounts at the lab's connections. Each
 * product of `src/imports/products.ts` has a file of its name beside this one, so that its records are mutated.
 */
export type Samples = (n: number) => readonly object[];
