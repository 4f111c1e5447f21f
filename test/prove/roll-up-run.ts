import { createDatabase } from '../../src/kit/database/database.ts';
import { createRollUp } from '../../src/reporting/roll-up.ts';

// Counts all events of the database DATABASE_URL, as the job of a broker does, for a harness that kills it.

const database = createDatabase({ url: process.env.DATABASE_URL ?? '', poolSize: 2 });
const rollUp = createRollUp({ pool: database.pool });
while ((await rollUp()).events > 0);
await database.close();
