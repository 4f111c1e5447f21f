-- CreateTable
CREATE TABLE "shared_id" (
    "identity_id" TEXT NOT NULL,
    "space" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "shared_id_pkey" PRIMARY KEY ("identity_id","space")
);

-- CreateIndex
CREATE INDEX "shared_id_space_value_idx" ON "shared_id"("space", "value");

-- AddForeignKey
ALTER TABLE "shared_id" ADD CONSTRAINT "shared_id_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity"("id") ON DELETE CASCADE ON UPDATE CASCADE;
