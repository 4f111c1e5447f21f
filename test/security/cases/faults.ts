import { attack, type Subject } from '../case.ts';

const rotation = 'vault/rotation';

export const faults: Subject = {
  title: 'Faults',
  cases: [
    attack(
      'Processes that refresh one single-use token at the same time make one call to the provider.',
      `${rotation}: is used once by fifty callers of three processes`,
    ),
    attack(
      'A process that is killed before the provider is called loses nothing.',
      `${rotation}: before the provider was asked costs nothing`,
    ),
    attack(
      'A process that is killed between save and release leaves a token that is served without another refresh.',
      `${rotation}: between save and release`,
      `${rotation}: a moment ago is waited out`,
    ),
    attack(
      'A process that is killed after the provider rotated is found by one retry, and the loss is named.',
      `${rotation}: after the provider has rotated is found out by one try`,
    ),
    attack(
      'While the database accepts no write no rotation starts, and an answer that has arrived is saved later or spilled to disk.',
      `${rotation}: a database that accepts no write`,
      'vault/spill: a rotated token while the database is away',
    ),
    attack(
      'A sign-in during a refresh does not lose the rotated token.',
      `${rotation}: is not lost when the person signs in`,
    ),
    attack(
      'A lifetime that is zero, negative, absent or ten years causes no storm of refreshes.',
      'connectors/conformance/renewal: brings a sane life or none',
    ),
    attack(
      'A provider that answers errors, HTML, timeouts or a wrong client secret marks no grant as dead.',
      'vault/fresh: marks no grant as dead',
      'connectors/conformance/renewal: troubled by %s finds nobody dead',
    ),
    attack(
      'Tokens that are still valid are served while the provider is down.',
      'vault/fresh: is served while the provider is down',
    ),
    attack(
      'A late save or a late refusal does not replace a newer version.',
      `${rotation}: is not lost when the person signs in`,
      'vault/paused: overwrites no grant that was given meanwhile',
    ),
    attack(
      'Many callers who wait for a slow provider block no database connection and no other request.',
      'retrieval/stampede: many callers at three brokers',
      'npm run prove:stampede',
    ),
    attack(
      'A process that is paused beyond its lease saves nothing over a newer token.',
      'vault/paused: a process that is paused',
      'kit/outbound-network: a process that stands still',
      'npm run chaos',
    ),
    attack(
      'Thousands of tokens that expire at the same time are refreshed before they end, each once, and retrievals stay fast.',
      'vault/sweep: twenty that end together',
      'npm run prove:sweep',
    ),
    attack(
      'A grant that would expire without use is kept alive, or its end is announced.',
      'vault/sweep: a grant that would die of idleness',
      'vault/sweep: an end that no refresh moves',
    ),
    attack(
      'An app that refreshes a provider’s token by itself cannot break the rotation.',
      '(impossible: the refresh token is never handed out)',
    ),
    attack(
      'A provider whose keys cannot be fetched is called unavailable, and no grant is marked as dead.',
      'login/provider-attacks: whose keys cannot be fetched',
      'connectors/google: whose keys cannot be fetched',
    ),
    attack(
      'A standby that was behind takes over: lost commits are written again, or named.',
      'journeys/rewound: after the last commits were lost',
      'vault/recent-saves: a token set that this process saved',
      'vault/paused: a standby that was behind takes over',
    ),
    attack(
      'A process that lost its LISTEN connection or its keys, or whose database only reads, says so at `/readyz`.',
      'journeys/readiness: a connection that listens',
      'journeys/readiness: a database that only reads',
      'journeys/readiness: the encryption keys',
    ),
    attack(
      'Requests get 503 with `Retry-After` within seconds when the database gives out no connection.',
      'journeys/overload: while all connections to the database are taken',
    ),
    attack(
      'Serialization conflicts and deadlocks are retried inside, and the app never sees 500.',
      'issuance/refresh-outage: a conflict inside the database',
    ),
    attack(
      'Processes that migrate at the same time, or are killed in the middle, leave one complete schema.',
      'kit/migrate: of processes that start together one migrates',
      'kit/migrate: a migration that has failed',
    ),
    attack(
      'An earlier version works beside this one during a deployment.',
      'house/migrations: a migration takes nothing away from the version before it',
      'npm run prove:deploy',
    ),
    attack(
      'A restored backup of yesterday brings no ended grant back, once `symbolon restored` was run.',
      'journeys/restored: a backup of yesterday, restored',
    ),
    attack(
      'A rotation of the encryption key can be killed and resumed, and overwrites no refresh.',
      'vault/rewrap: every entry moves to the current key',
      'vault/rewrap: while refreshes go on',
      'vault/rewrap-command: killed in the middle',
      'npm run prove:rewrap',
    ),
    attack(
      'A signing key is published long before it signs; a process that cannot open a key does not start.',
      'issuance/signing-key-life: keys change every 90 days',
      'vault/rewrap-command: whatever opens the store is refused',
    ),
    attack(
      'Killed brokers, and a database that goes away, lose no session and no rotated token.',
      'npm run chaos',
    ),
    attack(
      'A background job that fails ends neither its process nor other jobs.',
      'kit/jobs: a job that fails is run again',
    ),
    attack(
      'A webhook receiver that is down for a day gets every event afterwards, in order. After three days the waiting events are given up.',
      'webhooks/outage: a receiver that is down for a day',
    ),
    attack(
      'If the audit write cannot complete within 2 s, the retrieval is refused.',
      'kit/event-batch: an event that cannot be written is retried',
    ),
    attack('Responses that are lost, cut or delayed break no flow.', 'npm run chaos'),
    attack(
      'Ten times the load for ten minutes leaves the broker working.',
      '(not yet as a soak)',
      'npm run prove:stampede',
      'npm run prove:sweep',
    ),
  ],
};
