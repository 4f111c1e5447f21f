-- CreateIndex
CREATE INDEX "user_roles_idx" ON "user"("id") WHERE (roles <> '{}');

-- CreateIndex
CREATE INDEX "user_disabled_idx" ON "user"("id") WHERE (disabled_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "vault_entry_connection_ends_idx" ON "vault_entry"("connection_id", "ends_at", "identity_id") WHERE (state = 'active' AND ends_at IS NOT NULL);

-- CreateTable
CREATE TABLE "described_traits" (
    "connection_id" TEXT NOT NULL,
    "live" BOOLEAN NOT NULL,
    "again_at" TIMESTAMPTZ(3),

    CONSTRAINT "described_traits_pkey" PRIMARY KEY ("connection_id")
);

-- AddForeignKey
ALTER TABLE "described_traits" ADD CONSTRAINT "described_traits_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;
