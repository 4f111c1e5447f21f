import { systemClock } from '../../src/kit/clock.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { createReporting } from '../../src/reporting/reporting.ts';

// Counts all events of the database DATABASE_URL, as the job of a broker does, for a harness that kills it.

const database = createDatabase({ url: process.env.DATABASE_URL ?? '', poolSize: 2 });
const reporting = createReporting({ database, clock: systemClock });
while ((await reporting.rollUp()).events > 0);
await database.close();
