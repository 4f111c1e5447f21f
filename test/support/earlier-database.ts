import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../src/generated/prisma/client.ts';
import type { Database } from '../../src/kit/database/database.ts';
import { atEnd } from './at-end.ts';

/** Opens the database like earlier versions, whose sessions were in the database's own time zone. */
export function earlierDatabase(url: string): Pick<Database, 'prisma' | 'pool'> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  atEnd(async () => {
    await prisma.$disconnect();
    await pool.end();
  });
  return { prisma, pool };
}
