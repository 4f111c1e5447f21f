// A module for `node --import` that sets this process's clock off by CLOCK_SKEW seconds.

const Right = Date;
const now = () => Right.now() + 1000 * Number(process.env.CLOCK_SKEW);

globalThis.Date = new Proxy(Right, {
  construct: (target, given, as) => Reflect.construct(target, given.length === 0 ? [now()] : given, as),
  apply: () => new Right(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
