-- Where there are millions of accounts, create it beforehand with CREATE INDEX CONCURRENTLY, under this name: it blocks writes while
-- it is built.
CREATE INDEX IF NOT EXISTS "vault_entry_idle_idx" ON "vault_entry"
  ("connection_id", (GREATEST("deposited_at", "last_refreshed_at"))) WHERE (state = 'active' AND refreshable);
