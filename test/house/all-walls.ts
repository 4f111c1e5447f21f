import type { Wall } from './wall.ts';
import { noCycles } from './walls/cycles.ts';
import { databaseWalls } from './walls/database.ts';
import { importWalls } from './walls/imports.ts';
import { innerRoomWalls } from './walls/inner-rooms.ts';
import { nameWalls } from './walls/names.ts';
import { packageWalls } from './walls/packages.ts';
import { removalWalls } from './walls/removals.ts';
import { rimWalls } from './walls/rim.ts';
import { roomWalls } from './walls/rooms.ts';
import { vaultWalls } from './walls/vault.ts';

export const walls: readonly Wall[] = [
  ...importWalls,
  ...roomWalls,
  ...innerRoomWalls,
  ...vaultWalls,
  ...databaseWalls,
  ...removalWalls,
  ...packageWalls,
  ...rimWalls,
  ...nameWalls,
  noCycles,
];
