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
      `${rotation}: before the provider was called loses nothing`,
    ),
    attack(
      'A process that is killed between save and release leaves a token that is served without another refresh.',
      `${rotation}: between save and release`,
      `${rotation}: a moment ago is waited out`,
    ),
    attack(
      'A process that is killed after the provider rotated is found by one retry, and the loss is named.',
      `${rotation}: after the provider has rotated is detected by one attempt, and reported`,
    ),
    attack(
      'While the database accepts no write no rotation starts, and an answer that has arrived is saved later or spilled to disk.',
      `${rotation}: a database that accepts no write`,
      'vault/spill: a rotated token while the database is unreachable for longer than the broker waits',
    ),
    attack(
      'A sign-in during a refresh does not lose the rotated token.',
      `${rotation}: is not lost if the person signs in during the refresh`,
    ),
    attack(
      'A lifetime that is zero, negative, absent or ten years causes no storm of refreshes.',
      'connectors/conformance/renewal: returns a valid lifetime or none',
    ),
    attack(
      'A provider that answers errors, HTML, timeouts or a wrong client secret marks no grant as dead.',
      'vault/fresh: by %s ends no grant and leaves the stored tokens unchanged',
      'connectors/conformance/renewal: with the fault %s ends no grant',
    ),
    attack(
      'Tokens that are still valid are served while the provider is down.',
      'vault/fresh: is served while the provider is unreachable, and refreshed afterwards',
    ),
    attack(
      'A late save or a late refusal does not replace a newer version.',
      `${rotation}: is not lost if the person signs in during the refresh`,
      'vault/paused: overwrites no later grant',
    ),
    attack(
      'Many callers who wait for a slow provider block no database connection and no other request.',
      'retrieval/stampede: many callers at three brokers',
      'npm run prove:stampede',
    ),
    attack(
      'A process that is paused beyond its lease saves nothing over a newer token.',
      'vault/paused: a process that is paused',
      'kit/outbound-network: a process that is paused while the answer arrives',
      'npm run chaos',
    ),
    attack(
      'Thousands of tokens that expire at the same time are refreshed before they end, each once, and retrievals stay fast.',
      'vault/sweep: twenty that expire together are refreshed by two sweeps at once, each of them once',
      'npm run prove:sweep',
    ),
    attack(
      'A grant that would expire without use is kept alive, or its end is announced.',
      'vault/sweep: an idle grant is kept alive if the provider would end it',
      'vault/sweep: an expiry that no refresh moves',
    ),
    attack(
      'An app that refreshes a provider’s token by itself cannot break the rotation.',
      '(impossible: the refresh token is never handed out)',
    ),
    attack(
      'A provider whose keys cannot be fetched is called unavailable, and no grant is marked as dead.',
      'login/provider-attacks: whose keys cannot be fetched',
      'connectors/google: is unavailable if its keys cannot be fetched, and no grant ends',
    ),
    attack(
      'A standby that was behind takes over: lost commits are written again, or named.',
      'journeys/rewound: after the last commits were lost',
      'vault/recent-saves: a token set that this process saved',
      'vault/paused: a failover to a standby with a lag in the middle of a refresh',
    ),
    attack(
      'A process that lost its LISTEN connection or its keys, or whose database only reads, says so at `/readyz`.',
      'journeys/readiness: a listening connection',
      'journeys/readiness: a database that is read-only: not ready, and ready again as soon as sessions may write',
      'journeys/readiness: the encryption keys',
    ),
    attack(
      'Requests get 503 with `Retry-After` within seconds when the database gives out no connection.',
      'journeys/overload: while all connections to the database are taken',
    ),
    attack(
      'Serialization conflicts and deadlocks are retried inside, and the app never sees 500.',
      'issuance/refresh-outage: a serialization conflict in the database',
    ),
    attack(
      'Processes that migrate at the same time, or are killed in the middle, leave one complete schema.',
      'kit/migrate: of processes that start together one migrates',
      'kit/migrate: a migration that has failed',
    ),
    attack(
      'An earlier version works beside this one during a deployment.',
      'house/migrations: a migration removes nothing that the previous version uses',
      'npm run prove:deploy',
    ),
    attack(
      'A restored backup of yesterday brings no ended grant back, once `symbolon restored` was run.',
      'journeys/restored: a restored backup of yesterday',
    ),
    attack(
      'A rotation of the encryption key can be killed and resumed, and overwrites no refresh.',
      'vault/rewrap: every entry is re-sealed with the current key; its token set, version and ciphertext stay',
      'vault/rewrap: while refreshes go on',
      'vault/rewrap-command: killed in the middle',
      'npm run prove:rewrap',
    ),
    attack(
      'A signing key is published long before it signs; a process that cannot open a key does not start.',
      'issuance/signing-key-life: keys change every 90 days',
      'vault/rewrap-command: every command that opens the store is refused with the name of a missing key and what it seals',
    ),
    attack(
      'Killed brokers, and a database that goes away, lose no session and no rotated token.',
      'npm run chaos',
    ),
    attack(
      'A background job that fails ends neither its process nor other jobs.',
      'kit/jobs: a failed job runs again at its next time, and the others go on',
    ),
    attack(
      'A webhook receiver that is down for a day gets every event afterwards, in order. After three days the waiting events are given up.',
      'webhooks/outage: a receiver that is down for a day',
    ),
    attack(
      'If the audit write cannot complete within 2 s, the retrieval is refused.',
      'kit/event-batch: a failed write is retried; meanwhile further events wait, and are refused after a limit',
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
