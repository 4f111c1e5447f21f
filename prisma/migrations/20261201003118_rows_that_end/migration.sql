-- The first index has no row but those of the last minute. Both can be created before, with CONCURRENTLY (docs/database.md).

-- CreateIndex
CREATE INDEX IF NOT EXISTS "artifact_response_idx" ON "artifact"("consumed_at") WHERE (successor IS NOT NULL);

-- CreateIndex
CREATE INDEX IF NOT EXISTS "session_origin_last_seen_at_idx" ON "session_origin"("last_seen_at");
