-- The former table becomes the first partition, with its indexes, and no row is rewritten. Statements of earlier versions
-- find the new table under the same name.
ALTER TABLE "audit_event" RENAME TO "audit_event_first";
ALTER INDEX "audit_event_pkey" RENAME TO "audit_event_first_pkey";
ALTER INDEX "audit_event_tx_id_idx" RENAME TO "audit_event_first_tx_id_idx";
ALTER INDEX "audit_event_at_id_idx" RENAME TO "audit_event_first_at_id_idx";
ALTER INDEX "audit_event_user_id_at_idx" RENAME TO "audit_event_first_user_id_at_idx";
ALTER INDEX "audit_event_type_at_idx" RENAME TO "audit_event_first_type_at_idx";
ALTER INDEX "audit_event_app_id_at_idx" RENAME TO "audit_event_first_app_id_at_idx";
ALTER INDEX "audit_event_identity_id_at_idx" RENAME TO "audit_event_first_identity_id_at_idx";
ALTER INDEX "audit_event_actor_id_at_idx" RENAME TO "audit_event_first_actor_id_at_idx";
ALTER INDEX "audit_event_address_at_idx" RENAME TO "audit_event_first_address_at_idx";
ALTER INDEX "audit_event_request_id_idx" RENAME TO "audit_event_first_request_id_idx";

CREATE TABLE "audit_event" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "type" TEXT NOT NULL,
    "user_id" TEXT,
    "app_id" TEXT,
    "connection" TEXT,
    "identity_id" TEXT,
    "request_id" TEXT,
    "actor_kind" TEXT,
    "actor_id" TEXT,
    "address" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "mark" BYTEA,
    "tx" xid8 NOT NULL DEFAULT pg_current_xact_id(),

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
) PARTITION BY RANGE ("id");

CREATE INDEX "audit_event_tx_id_idx" ON "audit_event"("tx", "id");
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at", "id");
CREATE INDEX "audit_event_user_id_at_idx" ON "audit_event"("user_id", "at");
CREATE INDEX "audit_event_type_at_idx" ON "audit_event"("type", "at");
CREATE INDEX "audit_event_app_id_at_idx" ON "audit_event"("app_id", "at");
CREATE INDEX "audit_event_identity_id_at_idx" ON "audit_event"("identity_id", "at");
CREATE INDEX "audit_event_actor_id_at_idx" ON "audit_event"("actor_id", "at");
CREATE INDEX "audit_event_address_at_idx" ON "audit_event"("address", "at");
CREATE INDEX "audit_event_request_id_idx" ON "audit_event"("request_id");

-- No role but the owner has rights on a partition: the rights on the whole table decide. PostgreSQL gives new tables the
-- default privileges of their owner, and GRANT … ON ALL TABLES reaches partitions.
CREATE FUNCTION "protect_audit_weeks"() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    AS $$ DECLARE one record;
BEGIN
    FOR one IN SELECT c.oid::regclass AS part, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, LATERAL aclexplode(c.relacl) a
                WHERE i.inhparent = 'audit_event'::regclass AND a.grantee <> c.relowner GROUP BY 1, 2
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', one.part, one.role);
    END LOOP;
END $$;

-- Adds the partitions of this week and of the weeks after it, so that the broker's role needs no right to create tables.
-- Rows of a week without a partition are in the default partition, and move. Returns the number of new partitions.
CREATE FUNCTION "add_audit_weeks"("ahead" integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    AS $$ DECLARE
    this_week timestamptz := date_trunc('week', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    week timestamptz;
    low text;
    high text;
    part text;
    added integer := 0;
BEGIN
    FOR n IN 0 .. least(ahead, 12) LOOP
        week := this_week + n * interval '7 days';
        low := audit_id_at(week);
        high := audit_id_at(week + interval '7 days');
        -- In a collation with another order of letters, a week may have no bounds. Its rows stay in the default partition.
        CONTINUE WHEN low >= high OR EXISTS (
            SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
                   LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid)) AS b(bound)
             WHERE i.inhparent = 'audit_event'::regclass AND bound <> 'DEFAULT'
               AND (bound LIKE 'FOR VALUES FROM (MINVALUE)%' OR substring(bound FROM $x$FROM \('(.*)'\) TO$x$) < high)
               AND substring(bound FROM $x$TO \('(.*)'\)$x$) > low);
        part := 'audit_event_' || to_char(week AT TIME ZONE 'UTC', 'YYYY_MM_DD');
        EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING ALL)', part);
        IF EXISTS (SELECT FROM audit_event_default WHERE id >= low AND id < high) THEN
            LOCK TABLE audit_event_default IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('WITH moved AS (DELETE FROM audit_event_default WHERE id >= $1 AND id < $2 RETURNING *)
                            INSERT INTO %I SELECT * FROM moved', part) USING low, high;
        END IF;
        EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, low, high);
        added := added + 1;
    END LOOP;
    PERFORM protect_audit_weeks();
    RETURN added;
END $$;

DO $$ DECLARE
    bound text;
    valid boolean;
    given record;
BEGIN
    EXECUTE format('ALTER TABLE audit_event OWNER TO %I',
        (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'audit_event_first'::regclass));
    -- The new table has the rights of the former one, and none of the default privileges.
    FOR given IN SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
                   FROM pg_class c, LATERAL aclexplode(c.relacl) a
                  WHERE c.oid = 'audit_event'::regclass AND a.grantee <> c.relowner GROUP BY 1
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE audit_event FROM %s', given.role);
    END LOOP;
    FOR given IN SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role,
                        a.privilege_type || coalesce(a.attribute, '') AS what, a.is_grantable AS further
                   FROM (SELECT x.grantee, x.privilege_type, x.is_grantable, NULL AS attribute, c.relowner
                           FROM pg_class c, LATERAL aclexplode(c.relacl) x WHERE c.oid = 'audit_event_first'::regclass
                          UNION ALL
                         SELECT x.grantee, x.privilege_type, x.is_grantable, format(' (%I)', t.attname), c.relowner
                           FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, LATERAL aclexplode(t.attacl) x
                          WHERE t.attrelid = 'audit_event_first'::regclass) AS a
                  WHERE a.grantee <> a.relowner
    LOOP
        EXECUTE format('GRANT %s ON TABLE audit_event TO %s%s', given.what, given.role,
            CASE WHEN given.further THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;

    EXECUTE 'CREATE TABLE audit_event_default (LIKE audit_event INCLUDING ALL)';
    SELECT substring(pg_get_constraintdef(oid) FROM $x$'(.*)'$x$), convalidated INTO bound, valid
      FROM pg_constraint WHERE conrelid = 'audit_event_first'::regclass AND conname = 'audit_event_bound';
    IF NOT EXISTS (SELECT FROM audit_event_first) THEN
        bound := audit_id_at(date_trunc('week', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC');
    ELSIF NOT valid THEN
        -- Ids of clocks that were far ahead, or of another hand.
        EXECUTE format('WITH moved AS (DELETE FROM audit_event_first WHERE id >= %L
                RETURNING id, at, type, user_id, app_id, connection, identity_id, request_id, actor_kind, actor_id, address, detail, mark, tx)
            INSERT INTO audit_event_default SELECT * FROM moved', bound);
        ALTER TABLE audit_event_first VALIDATE CONSTRAINT audit_event_bound;
    END IF;
    EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION audit_event_first FOR VALUES FROM (MINVALUE) TO (%L)', bound);
    ALTER TABLE audit_event_first DROP CONSTRAINT audit_event_bound;
    ALTER TABLE audit_event ATTACH PARTITION audit_event_default DEFAULT;

    -- pg_catalog comes first unless it is named, and new tables belong into the schema of the others. `pg_temp` comes last, as
    -- for renumber_audit_feed().
    EXECUTE format('ALTER FUNCTION protect_audit_weeks() SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION add_audit_weeks(integer) SET search_path = %I, pg_temp', current_schema());
    ALTER FUNCTION add_audit_weeks(integer) SET lock_timeout = '1s';
    PERFORM add_audit_weeks(5);
END $$;
