-- CreateIndex
CREATE INDEX "revocation_at_idx" ON "revocation"("at");
