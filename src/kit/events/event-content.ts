/** The columns of an event that its writer decides. The database sets the others. */
export interface EventContent {
  readonly id: string;
  readonly type: string;
  readonly userId?: string | null | undefined;
  readonly appId?: string | null | undefined;
  readonly connection?: string | null | undefined;
  readonly identityId?: string | null | undefined;
  readonly requestId?: string | null | undefined;
  readonly actorKind?: string | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly detail?: unknown;
}

/** The text columns, in the order in which they are hashed. */
export const contentColumns = [
  'id',
  'type',
  'userId',
  'appId',
  'connection',
  'identityId',
  'requestId',
  'actorKind',
  'actorId',
  'address',
] as const;

/** Returns one text for equal contents, before they are written and after they are read. */
export function contentOf(event: EventContent): string {
  return canonical([...contentColumns.map((name) => event[name] ?? null), event.detail ?? {}]);
}

/** Returns JSON with sorted keys. PostgreSQL keeps neither their order nor half of a surrogate pair. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
