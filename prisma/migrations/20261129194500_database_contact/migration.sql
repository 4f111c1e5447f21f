-- CreateTable
CREATE TABLE "database_contact" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "last" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "database_contact_pkey" PRIMARY KEY ("id")
);
