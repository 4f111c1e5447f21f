import { isRecord, type Reply } from './wire.ts';

/** The answer with every member of that name changed, however deep; undefined takes it out. */
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
