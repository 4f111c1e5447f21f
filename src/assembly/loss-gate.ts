/**
 * The gate at which refreshes wait by `settled()`. It can only open, as a promise resolves once, so that each loss of
 * the connection makes a new one. A timer of an earlier loss then opens its own gate and not the present one.
 */
interface Gate {
  readonly isOpen: boolean;
  /** Resolves when the gate opens. */
  readonly passed: Promise<void>;
  open(): void;
}

export function openGate(): Gate {
  return { isOpen: true, passed: Promise.resolve(), open: () => undefined };
}

export function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = {
    isOpen: false,
    passed: promise,
    open() {
      gate.isOpen = true;
      resolve();
    },
  };
  return gate;
}
