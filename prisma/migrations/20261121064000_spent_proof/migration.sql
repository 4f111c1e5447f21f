-- CreateTable
CREATE TABLE "spent_proof" (
    "proof_hash" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "spent_proof_pkey" PRIMARY KEY ("proof_hash")
);

-- CreateIndex
CREATE INDEX "spent_proof_until_idx" ON "spent_proof"("until");
