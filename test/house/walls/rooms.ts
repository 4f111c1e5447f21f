import { roomOf } from '../house.ts';
import { importWall, type Wall } from '../wall.ts';

/** The order in which a sign-in walks through the rooms; `assembly` and the rooms after it put them together. */
const order = [
  'kit',
  'config',
  'http',
  'connectors',
  'login',
  'identities',
  'vault',
  'imports',
  'webhooks',
  'signals',
  'issuance',
  'retrieval',
  'dialects',
  'agents',
  'offboarding',
  'reporting',
  'account',
  'admin',
  'console',
  'assembly',
  'main',
  'cli',
];
const composing = order.slice(order.indexOf('assembly'));
const outside = ['lab', 'demo'];
const isFile = (to: string) => to.startsWith('src/') && !to.startsWith('src/generated/');

export const roomWalls: readonly Wall[] = [
  importWall(
    'a room imports only from rooms before it',
    'data walks forward and imports look back, so that a producer never knows its consumer',
    ({ room, to }) => {
      if (!isFile(to) || room === roomOf(to) || outside.includes(room) || outside.includes(roomOf(to)))
        return false;
      return !order.includes(room) || order.indexOf(roomOf(to)) > order.indexOf(room);
    },
  ),
  importWall(
    'lab and demo import only kit',
    'they stand outside: the lab is a world of its own, the demo is an app like any other',
    ({ room, to }) => outside.includes(room) && isFile(to) && ![room, 'kit'].includes(roomOf(to)),
  ),
  importWall(
    'only developer mode starts lab and demo',
    'nothing that runs in production can depend on them',
    ({ from, room, to }) =>
      outside.includes(roomOf(to)) &&
      isFile(to) &&
      room !== roomOf(to) &&
      from.path !== 'src/assembly/developer-mode.ts',
  ),
  importWall(
    'the client library stands alone',
    'it is installed without the broker, with jose and nothing else',
    ({ room, to, from }) =>
      room === 'client'
        ? roomOf(to) !== 'client' && to !== 'jose' && !to.startsWith('node:')
        : roomOf(to) === 'client' && isFile(to) && isFile(from.path),
  ),
  importWall(
    'configuration is read where the parts are put together',
    'a room is given what it needs and cannot look for more',
    ({ room, to }) => roomOf(to) === 'config' && isFile(to) && room !== 'config' && !composing.includes(room),
  ),
  importWall(
    'configuration imports only kit',
    'it is read before anything else exists',
    ({ room, to }) => room === 'config' && isFile(to) && !['config', 'kit'].includes(roomOf(to)),
  ),
  importWall(
    'issuance never imports vault',
    'our issuer can never put an upstream secret into a token',
    ({ room, to }) => room === 'issuance' && roomOf(to) === 'vault' && isFile(to),
  ),
  importWall(
    'identities and users are removed by offboarding',
    'no identity is deleted without its grant in the queue of upstream revocations',
    ({ room, to }) =>
      to === 'src/identities/identity-removals-store.ts' &&
      !['identities', 'offboarding', ...composing].includes(room),
  ),
];
