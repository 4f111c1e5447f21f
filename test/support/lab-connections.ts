import type { RunningLab } from '../../src/lab/lab.ts';

/** Names of providers of the lab in addition to the usual ones, or all of them. */
export type LabChoice = readonly string[] | 'all';

/**
 * The providers that most stories use. Each connection costs seven statements, and every list reads all of them, so a world
 * with all 64 takes several times as long.
 */
const usual = ['wechat', 'facebook', 'google', 'github', 'x', 'gitlab', 'oauth2', 'openid-connect'];

/** Returns the lab with these connections only. All its providers answer. */
export function withLabConnections(lab: RunningLab, choice: LabChoice): RunningLab {
  if (choice === 'all') return lab;
  const wanted = new Set([...usual, ...choice]);
  const connections = () => lab.connections().filter(({ name }) => wanted.delete(name));
  const chosen = connections();
  if (wanted.size > 0) throw new Error(`the lab has no ${[...wanted].join(', ')}`);
  return { ...lab, connections: () => chosen };
}
