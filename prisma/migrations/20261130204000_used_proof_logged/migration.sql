-- A crash of PostgreSQL empties an unlogged table, and a standby has none of its rows.
ALTER TABLE "used_proof" SET LOGGED;
