-- Reads the table while others write it. Ids of clocks that were far ahead, or of another hand, are moved by the next
-- migration, which then checks.
DO $$ DECLARE
    bound text := (SELECT substring(pg_get_constraintdef(oid) FROM $x$'(.*)'$x$) FROM pg_constraint
                    WHERE conrelid = 'audit_event'::regclass AND conname = 'audit_event_bound');
BEGIN
    IF NOT EXISTS (SELECT FROM audit_event WHERE id >= bound) THEN
        ALTER TABLE audit_event VALIDATE CONSTRAINT audit_event_bound;
    END IF;
END $$;
