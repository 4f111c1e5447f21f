-- AlterTable
ALTER TABLE "usage_cursor" ADD COLUMN     "since" TIMESTAMPTZ(3),
ADD COLUMN     "swept" TEXT NOT NULL DEFAULT '';

-- The roll-ups begin at the oldest event: nothing is counted yet.
INSERT INTO "usage_cursor" ("id", "tx", "event_id", "through", "since")
VALUES (1, '0', '', '1970-01-01 00:00:00+00', CURRENT_TIMESTAMP);
