-- CreateIndex
CREATE INDEX IF NOT EXISTS "vault_entry_announce_idx" ON "vault_entry"("connection_id", "ends_at") WHERE (state = 'active' AND end_announced_at IS NULL AND ends_at IS NOT NULL AND (NOT refreshable OR refresh_expires_at IS NOT NULL OR absolute_cap_at IS NOT NULL));
