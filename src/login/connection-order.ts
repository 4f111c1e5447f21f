interface Placed {
  readonly position: number | null;
}

/** Returns the connections by their places. Those without one come after the others, in the order in which they came. */
export function inOrder<One extends Placed>(connections: readonly One[]): readonly One[] {
  const placeOf = ({ position }: Placed) => position ?? Number.POSITIVE_INFINITY;
  // Not a difference: that of two infinities is no number.
  return connections.toSorted((one, other) => {
    const [left, right] = [placeOf(one), placeOf(other)];
    return left === right ? 0 : left < right ? -1 : 1;
  });
}
