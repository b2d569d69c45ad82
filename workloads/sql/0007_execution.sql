-- Who may trade for the account, what it held when the bot came, and where ledger and venue disagree.

-- The fencing epoch: one owner at a time, until `lease_until` by the venue's clock.
CREATE TABLE writer_epoch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch bigint NOT NULL CHECK (epoch > 0),
  holder text NOT NULL,
  lease_until bigint NOT NULL
);

-- What the venue's account held of each asset before the bot's first order, less what the bot held: others' money.
CREATE TABLE opening_balances (
  asset text PRIMARY KEY,
  amount numeric NOT NULL,
  time bigint NOT NULL
);

-- Disagreements between ledger and venue; open ones have no `resolved_time`, and there is one of a kind and subject.
CREATE TABLE breaks (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  subject text NOT NULL,
  expected text NOT NULL,
  found text NOT NULL,
  detail text NOT NULL,
  since bigint NOT NULL,
  last_seen bigint NOT NULL,
  resolved_time bigint,
  resolution text,
  CHECK ((resolved_time IS NULL) = (resolution IS NULL))
);
CREATE UNIQUE INDEX breaks_open ON breaks (kind, subject) WHERE resolved_time IS NULL;
