import express, { type Router } from 'express';
import type { Clock } from '../kit/clock.ts';
import { createAuthorizeRoutes } from './authorize/routes.ts';
import { avatar } from './authorize/style.ts';
import { createCallLog } from './core/call-log.ts';
import type { LabClient } from './core/client.ts';
import { createFaults } from './core/faults.ts';
import { createSigningKeys } from './core/keys.ts';
import { createLedger } from './core/ledger.ts';
import { people, visitor } from './core/people.ts';
import type { RotationMode } from './core/rotation-mode.ts';
import { serve } from './core/serve.ts';
import type { ProfileState } from './core/state-file.ts';
import { json, readCall, send } from './core/wire.ts';
import type { Profile, Room } from './profile.ts';

export type RunningRoom = ReturnType<typeof createRoom>;

export interface RoomDeps {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly clients: readonly LabClient[];
  readonly minted: Set<string>;
  readonly state: ProfileState | undefined;
  readonly changed: () => void;
  readonly labUrl: () => string;
}

/** Starts a profile: its ledger, its call log and its endpoints. */
export function createRoom({ profile, clock, clients, minted, state, changed, labUrl }: RoomDeps) {
  const router = express.Router({ caseSensitive: true, strict: true });
  const log = createCallLog(clock);
  const faults = createFaults();
  const ledger = createLedger({ clock, mint: profile.mint, minted, changed, records: state });
  const keys = createSigningKeys({
    algorithm: profile.signingAlgorithm ?? 'RS256',
    saved: state?.keys ?? [],
    changed,
  });
  const cast = profile.people ?? people;
  let mode: RotationMode = profile.rotation;

  const find = (id: string) => cast.find((person) => person.id === id) ?? visitor(id);
  const base = () => `${labUrl()}/${profile.name}`;
  const room: Room = {
    profile,
    clock,
    ledger,
    keys,
    people: cast,
    base,
    rotation: () => mode,
    client: (id) => clients.find(({ clientId }) => clientId === id),
    find,
    person: (id) => found(find(id)),
    picture: (person) => person.picture ?? `${base()}/lab/avatars/${person.id}`,
    grant: (of) => found(ledger.grant(of.grant)),
    route: (spec) => void router.all([spec.path].flat(), serve(room, { faults, log }, spec)),
    authorize: (rules) => authorize(rules),
  };
  const authorize = createAuthorizeRoutes(room, router, log);
  mountAvatars(room, router);
  profile.mount(room);
  router.use((request, response) => {
    log.add(readCall(request), 'unknown').status = 404;
    send(response, json({ error: 'not_found', error_description: 'the lab knows no such path' }, 404));
  });

  return {
    room,
    router,
    log,
    faults,
    clients,
    setMode: (next: RotationMode) => {
      mode = next;
    },
    state: (): ProfileState => ({ ...ledger.records(), keys: keys.records() }),
  };
}

function mountAvatars(room: Room, router: Router): void {
  router.get(['/lab/avatars/:user', '/lab/avatars/:user/:size'], (request, response) => {
    const person = room.find(String(request.params.user));
    if (person === undefined) return void response.sendStatus(404);
    response
      .type('svg')
      .set('cache-control', 'public, max-age=3600')
      .send(avatar(person.name, room.people.indexOf(person) + 1));
  });
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the lab lost a record');
  return value;
}
