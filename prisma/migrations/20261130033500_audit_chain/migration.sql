-- AlterTable
ALTER TABLE "audit_event" ADD COLUMN     "mark" BYTEA;

-- CreateTable
CREATE TABLE "audit_seal" (
    "seq" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "closed_at" TIMESTAMPTZ(3) NOT NULL,
    "events" INTEGER NOT NULL,
    "lines" BYTEA NOT NULL,
    "end_tx" TEXT NOT NULL,
    "end_id" TEXT NOT NULL,
    "note" JSONB NOT NULL DEFAULT '{}',
    "prev" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" BYTEA NOT NULL,

    CONSTRAINT "audit_seal_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "audit_seal_closed_at_idx" ON "audit_seal"("closed_at");

-- After a dump is restored elsewhere, the events have transaction numbers of the former server, which are ahead of this
-- server's. The function renumbers them and changes nothing else, so the broker's role needs no UPDATE on the audit.
CREATE FUNCTION "renumber_audit_feed"() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS $$ UPDATE audit_event SET tx = '0' WHERE tx > pg_snapshot_xmax(pg_current_snapshot()) $$;

-- `pg_temp` comes last, so that no temporary table of a caller takes the place of the table.
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION renumber_audit_feed() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
