-- Each person's events, and each account's, were inserted at a place of their own in an index of all of them: at 10^6 people an
-- event changed two pages that nothing else had changed, and PostgreSQL wrote both as a whole to the WAL. Of 64 shares of the
-- people each now grows at its end alone (docs/decisions/098-indexes-of-events-grow-at-their-ends.md).
CREATE INDEX "audit_event_user_share_idx" ON ONLY "audit_event"
  ((hashtextextended("user_id", 0) & 63), "at", (hashtextextended("user_id", 0))) WHERE "user_id" IS NOT NULL;
CREATE INDEX "audit_event_identity_share_idx" ON ONLY "audit_event"
  ((hashtextextended("identity_id", 0) & 63), "at", (hashtextextended("identity_id", 0))) WHERE "identity_id" IS NOT NULL;
-- An app that acts for itself is found by `app_id`.
CREATE INDEX "audit_event_actor_idx" ON ONLY "audit_event" ("actor_id", "at") WHERE "actor_id" IS DISTINCT FROM "app_id";
