-- How far the transition to token sets whose seal binds their owner is. The note is sealed, so only a holder of the keys
-- writes one that counts.
CREATE TABLE "seal_state" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    CONSTRAINT "seal_state_pkey" PRIMARY KEY ("name")
);
