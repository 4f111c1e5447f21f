-- Each change of a row that processes cache is notified, whichever statement makes it: of this version, an earlier one, a
-- command or an operator by hand. Notifications arrive after the commit.

CREATE OR REPLACE FUNCTION symbolon_entry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('symbolon_entry', CASE TG_OP WHEN 'DELETE' THEN OLD.identity_id ELSE NEW.identity_id END);
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION symbolon_identity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_catalog.pg_notify('symbolon_identity', OLD.id || ' ' || OLD.user_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_catalog.pg_notify('symbolon_identity', NEW.id || ' ' || NEW.user_id);
  END IF;
  RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS symbolon_entry_added ON "vault_entry";
CREATE TRIGGER symbolon_entry_added AFTER INSERT OR DELETE ON "vault_entry"
  FOR EACH ROW EXECUTE FUNCTION symbolon_entry_changed();

-- The columns of an entry as it is cached, but for those that decide nothing: the time of the last use and the lease.
DROP TRIGGER IF EXISTS symbolon_entry_changed ON "vault_entry";
CREATE TRIGGER symbolon_entry_changed AFTER UPDATE ON "vault_entry"
  FOR EACH ROW WHEN (
    ROW(
      OLD.identity_id, OLD.connection_id, OLD.ciphertext, OLD.wrapped_key, OLD.key_id, OLD.version, OLD.state,
      OLD.state_reason, OLD.state_since, OLD.granted_scopes, OLD.refreshable, OLD.access_expires_at,
      OLD.refresh_expires_at, OLD.absolute_cap_at, OLD.deposited_at, OLD.last_refreshed_at, OLD.last_error,
      OLD.last_error_at, OLD.retry_at, OLD.failures, OLD.in_doubt, OLD.unverified, OLD.refused_since,
      OLD.refusals, OLD.refused_words, OLD.client_id
    ) IS DISTINCT FROM ROW(
      NEW.identity_id, NEW.connection_id, NEW.ciphertext, NEW.wrapped_key, NEW.key_id, NEW.version, NEW.state,
      NEW.state_reason, NEW.state_since, NEW.granted_scopes, NEW.refreshable, NEW.access_expires_at,
      NEW.refresh_expires_at, NEW.absolute_cap_at, NEW.deposited_at, NEW.last_refreshed_at, NEW.last_error,
      NEW.last_error_at, NEW.retry_at, NEW.failures, NEW.in_doubt, NEW.unverified, NEW.refused_since,
      NEW.refusals, NEW.refused_words, NEW.client_id
    ))
  EXECUTE FUNCTION symbolon_entry_changed();

DROP TRIGGER IF EXISTS symbolon_identity_changed ON "identity";
CREATE TRIGGER symbolon_identity_changed AFTER INSERT OR DELETE ON "identity"
  FOR EACH ROW EXECUTE FUNCTION symbolon_identity_changed();

DROP TRIGGER IF EXISTS symbolon_identity_moved ON "identity";
CREATE TRIGGER symbolon_identity_moved AFTER UPDATE ON "identity"
  FOR EACH ROW WHEN (ROW(OLD.id, OLD.user_id, OLD.connection_id, OLD.issuer, OLD.subject, OLD.name, OLD.linked_at)
    IS DISTINCT FROM ROW(NEW.id, NEW.user_id, NEW.connection_id, NEW.issuer, NEW.subject, NEW.name, NEW.linked_at))
  EXECUTE FUNCTION symbolon_identity_changed();
