-- AlterTable
ALTER TABLE "app_connection" ADD COLUMN     "rate_requests" INTEGER,
ADD COLUMN     "rate_seconds" INTEGER;

-- CreateTable
CREATE TABLE "retrieval_rate" (
    "app_id" TEXT NOT NULL,
    "identity_id" TEXT NOT NULL,
    "window_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "portions" INTEGER NOT NULL,

    CONSTRAINT "retrieval_rate_pkey" PRIMARY KEY ("app_id","identity_id")
);

-- CreateIndex
CREATE INDEX "retrieval_rate_ends_at_idx" ON "retrieval_rate"("ends_at");
