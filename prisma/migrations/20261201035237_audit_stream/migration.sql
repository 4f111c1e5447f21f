-- CreateTable
CREATE TABLE "audit_stream" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "tx" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "through" TIMESTAMPTZ(3) NOT NULL,
    "owner" TEXT NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_stream_pkey" PRIMARY KEY ("id")
);
