/** The values of a statement in the order of their placeholders. */
export interface Parameters {
  /** Returns the placeholder of a further value. */
  add(value: unknown): string;
  readonly values: readonly unknown[];
}

export function createParameters(): Parameters {
  const values: unknown[] = [];
  return {
    values,
    add(value) {
      values.push(value);
      return `$${values.length}`;
    },
  };
}
