-- A consent names connections by alias. The ids say for which connections of these aliases it was given.
ALTER TABLE "consent" ADD COLUMN "connections" JSONB;
