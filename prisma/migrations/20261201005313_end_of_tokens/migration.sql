-- CreateTable
CREATE TABLE "token_end" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "token_end_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "app_access_token_lifetime_idx" ON "app"("access_token_lifetime");

-- The end of the last access token that was issued before a lifetime was lowered, or its app or API deleted: a revoked grant is
-- kept until then. A trigger, so that it also holds where an earlier version makes the change.
CREATE FUNCTION symbolon_keep_token_end() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO token_end (id, at) SELECT 1, now() + make_interval(secs => greatest(
        (to_jsonb(OLD)->>'access_token_lifetime')::int, (to_jsonb(OLD)->>'browser_access_token_lifetime')::int))
      ON CONFLICT (id) DO UPDATE SET at = greatest(token_end.at, excluded.at);
    RETURN NULL;
  END
$$;
CREATE TRIGGER app_token_end AFTER UPDATE OF access_token_lifetime OR DELETE ON app
  FOR EACH ROW WHEN (OLD.access_token_lifetime > 3600) EXECUTE FUNCTION symbolon_keep_token_end();
CREATE TRIGGER api_token_end AFTER UPDATE OF access_token_lifetime, browser_access_token_lifetime OR DELETE ON api
  FOR EACH ROW WHEN (greatest(OLD.access_token_lifetime, OLD.browser_access_token_lifetime) > 3600)
  EXECUTE FUNCTION symbolon_keep_token_end();

-- Which lifetimes were set before is not known: no token lives longer than 30 days.
INSERT INTO token_end (id, at) SELECT 1, now() + interval '30 days' WHERE EXISTS (SELECT 1 FROM app);
