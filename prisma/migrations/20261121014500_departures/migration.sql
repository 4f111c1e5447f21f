-- CreateTable
CREATE TABLE "departure" (
    "id" TEXT NOT NULL,
    "identity_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "connection" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT,
    "ciphertext" BYTEA,
    "wrapped_key" BYTEA,
    "key_id" TEXT,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "departure_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "departed_connection" (
    "connection_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "removed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "departed_connection_pkey" PRIMARY KEY ("connection_id")
);

-- CreateIndex
CREATE INDEX "departure_state_next_at_idx" ON "departure"("state", "next_at");

-- CreateIndex
CREATE INDEX "departure_created_at_id_idx" ON "departure"("created_at", "id");

-- CreateIndex
CREATE INDEX "departure_identity_id_idx" ON "departure"("identity_id");

-- CreateIndex
CREATE INDEX "departure_user_id_idx" ON "departure"("user_id");

-- CreateIndex
CREATE INDEX "departure_connection_id_idx" ON "departure"("connection_id");
