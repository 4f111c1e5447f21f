-- CreateTable
CREATE TABLE "signal" (
    "connection_id" TEXT NOT NULL,
    "id_hash" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "signal_pkey" PRIMARY KEY ("connection_id","id_hash")
);

-- CreateIndex
CREATE INDEX "signal_connection_id_code_idx" ON "signal"("connection_id", "code");

-- CreateIndex
CREATE INDEX "signal_received_at_idx" ON "signal"("received_at");
