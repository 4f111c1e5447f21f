-- The audit becomes partitioned by week. Three migrations do that without a long lock: this one bounds the ids of the table
-- that exists, the next one checks the rows while events are written, and the third attaches the table as first partition.

-- Returns the smallest event id of a moment: TypeIDs begin with their time.
CREATE FUNCTION "audit_id_at"("moment" timestamptz) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT 'evt_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
                 ((floor(extract(epoch FROM moment) * 1000)::bigint >> (45 - 5 * i)) & 31)::int + 1, 1), '' ORDER BY i)
                 || repeat('0', 16)
            FROM generate_series(0, 9) AS i $$;

DO $$ BEGIN
    -- Far ahead: the check refuses events of later ids until the third migration has run.
    EXECUTE format('ALTER TABLE audit_event ADD CONSTRAINT audit_event_bound CHECK (id < %L) NOT VALID',
        audit_id_at(date_trunc('week', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '42 days'));
END $$;
