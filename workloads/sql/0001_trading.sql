-- What was ordered, what was traded and what is owned. Money is numeric (exact, unbounded scale), times are
-- milliseconds since 1970-01-01 UTC.

-- Whose ledger this is: one row, never changed. A process whose settings differ must not touch it.
CREATE TABLE identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  bot text NOT NULL,
  mode text NOT NULL,
  venue text NOT NULL,
  market text NOT NULL,
  account text NOT NULL,
  quote text NOT NULL
);

-- An order: the intent risk approved (never changed) and what became of it (the last five columns).
CREATE TABLE orders (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  order_id text PRIMARY KEY CHECK (order_id ~ '^[A-Za-z0-9_-]{1,32}$'),
  account text NOT NULL,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('BUY', 'SELL')),
  purpose text NOT NULL,
  type text NOT NULL,
  quantity numeric NOT NULL CHECK (quantity > 0),
  limit_price numeric CHECK (limit_price > 0),
  reference_price numeric NOT NULL,
  verdict_id text NOT NULL,
  signal_id text,
  exit_reason text,
  attempt integer NOT NULL CHECK (attempt >= 0),
  decided_time bigint NOT NULL,
  valid_until bigint,
  state text NOT NULL,
  filled_quantity numeric NOT NULL CHECK (filled_quantity >= 0),
  filled_notional numeric NOT NULL,
  venue_order_id text,
  reason text,
  updated_time bigint NOT NULL
);
CREATE INDEX orders_by_state ON orders (state);

CREATE TABLE fills (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  account text NOT NULL,
  trade_id text NOT NULL,
  order_id text NOT NULL REFERENCES orders,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('BUY', 'SELL')),
  price numeric NOT NULL CHECK (price > 0),
  quantity numeric NOT NULL CHECK (quantity > 0),
  fee_asset text NOT NULL,
  fee_amount numeric NOT NULL,
  fee_quote_value numeric NOT NULL,
  liquidity text NOT NULL,
  time bigint NOT NULL,
  PRIMARY KEY (account, trade_id)
);
CREATE INDEX fills_by_order ON fills (order_id);

CREATE TABLE account (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  capital numeric NOT NULL,
  cash numeric NOT NULL,
  realized_pnl numeric NOT NULL,
  fees numeric NOT NULL
);

-- What is held. `dust`: a rest below the venue's minimum, counted as flat.
CREATE TABLE positions (
  symbol text NOT NULL,
  dust boolean NOT NULL,
  quantity numeric NOT NULL,
  total_cost numeric NOT NULL,
  realized_pnl numeric NOT NULL,
  fees numeric NOT NULL,
  entry_time bigint NOT NULL,
  bought_quantity numeric NOT NULL,
  bought_notional numeric NOT NULL,
  sold_quantity numeric NOT NULL,
  sold_notional numeric NOT NULL,
  PRIMARY KEY (symbol, dust)
);

CREATE TABLE round_trips (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  entry_order_id text NOT NULL,
  exit_order_id text NOT NULL,
  symbol text NOT NULL,
  entry_time bigint NOT NULL,
  exit_time bigint NOT NULL,
  quantity numeric NOT NULL,
  average_entry numeric NOT NULL,
  average_exit numeric NOT NULL,
  gross_pnl numeric NOT NULL,
  fees numeric NOT NULL,
  reason text NOT NULL,
  adverse_price numeric NOT NULL,
  favorable_price numeric NOT NULL,
  PRIMARY KEY (entry_order_id, exit_order_id)
);

-- The equity curve: one row an event time, the last one given for it.
CREATE TABLE equity_snapshots (
  time bigint PRIMARY KEY,
  equity numeric NOT NULL,
  cash numeric NOT NULL,
  realized_pnl numeric NOT NULL,
  unrealized_pnl numeric NOT NULL,
  fees numeric NOT NULL
);
