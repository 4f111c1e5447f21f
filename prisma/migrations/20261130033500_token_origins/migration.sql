-- Token sets that were stored before this version do not say to which origins they may go. They belong to the addresses
-- that each connection has at this moment, whatever it is changed to later.
ALTER TABLE "connection" ADD COLUMN "unmarked_from" JSONB;
UPDATE "connection" SET "unmarked_from" = jsonb_build_object('endpoints', "endpoints", 'options', "options");
