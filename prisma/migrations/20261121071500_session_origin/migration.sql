-- CreateTable
CREATE TABLE "session_origin" (
    "session_uid" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "identity_id" TEXT NOT NULL,
    "sid_hash" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_origin_pkey" PRIMARY KEY ("session_uid")
);

-- CreateIndex
CREATE INDEX "session_origin_identity_id_idx" ON "session_origin"("identity_id");

-- CreateIndex
CREATE INDEX "session_origin_connection_id_sid_hash_idx" ON "session_origin"("connection_id", "sid_hash");

-- CreateIndex
CREATE INDEX "session_origin_at_idx" ON "session_origin"("at");
