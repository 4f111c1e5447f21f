/** A person with accounts at the simulated providers. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly handle: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly locale: string;
  /** Null: the lab draws a picture. */
  readonly picture: string | null;
  /** The hosted domain of a Workspace account. */
  readonly domain: string | null;
}

const ordinary = { emailVerified: true, locale: 'en', picture: null, domain: null };

/** Returns a person for load tests: `visitor-1`, `visitor-2`, … exist as soon as a request names them. */
export function visitor(id: string): Person | undefined {
  if (!/^visitor-\d{1,9}$/.test(id)) return undefined;
  const [givenName, familyName] = ['Visitor', id.slice(8)];
  const name = `${givenName} ${familyName}`;
  return { ...ordinary, id, name, givenName, familyName, handle: id, email: `${id}@example.com` };
}

export const people: readonly Person[] = [
  {
    ...ordinary,
    id: 'lin',
    name: '林小雨',
    givenName: '小雨',
    familyName: '林',
    handle: 'lin-xiaoyu',
    email: 'lin@example.com',
    locale: 'zh-CN',
  },
  {
    ...ordinary,
    id: 'ada',
    name: 'Ada Okafor',
    givenName: 'Ada',
    familyName: 'Okafor',
    handle: 'ada-okafor',
    email: 'ada@workspace.example',
    domain: 'workspace.example',
  },
  {
    ...ordinary,
    id: 'sam',
    name: 'Sam',
    givenName: 'Sam',
    familyName: '',
    handle: 'sam',
    email: null,
    emailVerified: false,
  },
  // The person with hostile profile texts: the broker must render all of them safely.
  {
    ...ordinary,
    id: 'mallory',
    name: `🦊 "Mal" <img src=x onerror=alert(1)> \u202Eyrollam' --`,
    givenName: '🦊 "Mal" <img src=x onerror=alert(1)>',
    familyName: "\u202Eyrollam' --",
    handle: 'mallory-x',
    email: 'Lin@Example.com',
    emailVerified: false,
    picture: 'javascript:alert(1)',
  },
];
