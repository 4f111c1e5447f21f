/**
 * The samples of one product. Each product of `src/imports/products.ts` has a file of its name beside this one, so that its
 * records are mutated.
 */
export interface SampleFile {
  readonly records: Samples;
  /** The operator's secret that opens the encrypted tokens among them. */
  readonly secret?: string;
}

/** Realistic records of one product's export about the people of a number, with accounts at the lab's connections. */
export type Samples = (n: number) => readonly object[];
