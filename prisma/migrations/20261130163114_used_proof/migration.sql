-- Unlogged: the rows count for minutes. A crash of PostgreSQL empties the table.
CREATE UNLOGGED TABLE "used_proof" (
    "id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "used_proof_pkey" PRIMARY KEY ("id")
);
