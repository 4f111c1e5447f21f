-- What still has to end after a connection was removed, or after it was disabled together with its sessions.
CREATE TABLE "connection_ending" (
    "connection_id" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "sessions_only" BOOLEAN NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "connection_ending_pkey" PRIMARY KEY ("connection_id")
);
