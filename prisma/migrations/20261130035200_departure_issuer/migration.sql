-- The seal of a queued token set binds its owner, and the issuer is a part of it.
ALTER TABLE "departure" ADD COLUMN "issuer" TEXT;
