-- CreateTable
CREATE TABLE "stored_time" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "zone" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "mended" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "stored_time_pkey" PRIMARY KEY ("id")
);

-- The zone that a session has unless it sets its own is the one in which versions before this one have written.
INSERT INTO "stored_time" ("zone", "since")
SELECT reset_val, CURRENT_TIMESTAMP FROM pg_settings WHERE name = 'TimeZone';
