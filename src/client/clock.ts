/**
 * Returns milliseconds since 1970. The library runs in other people's processes, so it has a clock of its
 * own.
 */
export type Now = () => number;

export const systemNow: Now = () => Date.now();
