-- The sessions of the pages by person, inside the JSON that connect-pg-simple writes. Prisma describes no index on an
-- expression.
CREATE INDEX "browser_session_user_idx" ON "browser_session" ((sess->>'userId'));
