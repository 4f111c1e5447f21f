-- Each index blocks the writes of events while it is built. Where the audit is large, create them beforehand with
-- CREATE INDEX CONCURRENTLY, under these names (docs/database.md).

-- CreateIndex
CREATE INDEX IF NOT EXISTS "audit_event_app_id_at_idx" ON "audit_event"("app_id", "at");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "audit_event_identity_id_at_idx" ON "audit_event"("identity_id", "at");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "audit_event_actor_id_at_idx" ON "audit_event"("actor_id", "at");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "audit_event_address_at_idx" ON "audit_event"("address", "at");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "audit_event_request_id_idx" ON "audit_event"("request_id");
