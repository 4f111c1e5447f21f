import { actTexts } from './job-texts.ts';
import type { ListAct } from './list-declaration.ts';

/** Returns the acts on rows of a list, each as a job. */
export function bulkActsOn(kind: 'identities' | 'users'): readonly ListAct[] {
  return Object.entries(actTexts)
    .filter(([act]) => act.startsWith(`${kind}.`))
    .map(([act, { button }]) => ({
      text: button,
      path: `/console/jobs/new/${act}`,
      needs: 'people:bulk' as const,
    }));
}
