import { isRecord, type Reply } from './wire.ts';

/** Returns the answer with every member of that name changed, at any depth. Undefined removes it. */
export function edit(reply: Reply, name: RegExp, change: (value: unknown) => unknown): Reply {
  return { ...reply, body: editValue(reply.body, name, change) };
}

function editValue(value: unknown, name: RegExp, change: (value: unknown) => unknown): unknown {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) =>
    name.test(key) ? ([key, change(inner)] as const) : ([key, editValue(inner, name, change)] as const),
  );
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}
