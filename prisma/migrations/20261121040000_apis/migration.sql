-- AlterTable
ALTER TABLE "app" ADD COLUMN     "introspects" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "api" ADD COLUMN     "browser_access_token_lifetime" INTEGER,
ADD COLUMN     "first_party_skips_consent" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "secret_hash" TEXT,
ADD COLUMN     "signing_alg" TEXT NOT NULL DEFAULT 'RS256';
