-- Asked for by no name. A process of the version before finds a person's events by time until it is stopped, which is slower.
DROP INDEX "audit_event_user_id_at_idx";
DROP INDEX "audit_event_identity_id_at_idx";
DROP INDEX "audit_event_actor_id_at_idx";
