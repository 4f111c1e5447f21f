import type { Connection } from '../answers.ts';
import { connectionTexts as texts } from '../connection-texts.ts';
import { connectionName } from '../connection-view.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { readConnection } from './connection.ts';

interface Removal {
  readonly connection: Connection;
  readonly counts: Readonly<Record<'identities' | 'grants' | 'people', number>>;
}

const paramsOf = (visit: Visit) => ({ connection: visit.param('connection') });
const back = (visit: Visit) => `/console/connections/${visit.param('connection')}`;
const keeper = ({ managed_by }: Connection) => managed_by;
const edit = ({ version }: Connection) => ({ ifMatch: String(version) });

const switchStep = (step: 'enable' | 'disable', danger: boolean): ConsolePage =>
  stepPage<Connection>({
    path: `/connections/:connection/${step}`,
    needs: 'configuration:change',
    operation: 'PATCH /connections/{connection}',
    read: readConnection,
    title: (one, visit) => visit.say(texts[`${step}Title`], { name: connectionName(one, visit) }),
    explain: (_one, { say }) => [say(texts[`${step}What`]), danger && say(texts.disableUndo)],
    button: texts[step],
    danger,
    reason: 'none',
    keeper,
    input: (one, visit) => ({
      params: paramsOf(visit),
      body: { enabled: step === 'enable' },
      edit: edit(one),
    }),
    back,
  });

/** The steps that switch a connection off and on, and remove one that is off. */
export const connectionSteps: readonly ConsolePage[] = [
  switchStep('disable', true),
  switchStep('enable', false),
  stepPage<Removal>({
    path: '/connections/:connection/remove',
    needs: 'configuration:change',
    operation: 'DELETE /connections/{connection}',
    async read(visit) {
      const connection = await readConnection(visit);
      if (connection.enabled) return { connection, counts: { identities: 0, grants: 0, people: 0 } };
      const query = { dry_run: 'true' };
      const counts = await visit.read<Removal['counts']>('DELETE /connections/{connection}', {
        params: paramsOf(visit),
        query,
      });
      return { connection, counts };
    },
    refuse: ({ connection }) => (connection.enabled ? texts.removeFirst : undefined),
    title: ({ connection }, visit) =>
      visit.say(texts.removeTitle, { name: connectionName(connection, visit) }),
    explain: ({ counts }, { say, locale }) => [
      say(texts.removeCounts, {
        identities: counts.identities.toLocaleString(locale),
        grants: counts.grants.toLocaleString(locale),
        people: counts.people.toLocaleString(locale),
      }),
      say(texts.removeWhat),
    ],
    button: texts.remove,
    danger: true,
    reason: 'required',
    typed: ({ connection }) => connection.alias,
    fresh: true,
    keeper: ({ connection }) => keeper(connection),
    input: ({ connection }, visit) => ({ params: paramsOf(visit), edit: edit(connection) }),
    back,
    after: () => '/console/connections',
  }),
];
