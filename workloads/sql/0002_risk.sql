-- What risk decided, what it holds back, and what holds it back.

-- `checks` and `intent` are json, not jsonb: the text that was judged is kept as it was, keys in order.
CREATE TABLE verdicts (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  verdict_id text PRIMARY KEY,
  outcome text NOT NULL CHECK (outcome IN ('ALLOW', 'TRIM', 'DENY')),
  code text NOT NULL,
  symbol text NOT NULL,
  subject text NOT NULL,
  signal_id text,
  checks json NOT NULL,
  limits_hash text NOT NULL,
  time bigint NOT NULL,
  intent json
);

-- What an order holds back until it is terminal: quote units of a BUY, base units of a SELL.
CREATE TABLE reservations (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  order_id text PRIMARY KEY REFERENCES orders,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('BUY', 'SELL')),
  quote numeric NOT NULL,
  quantity numeric NOT NULL
);

-- Demands for a stricter state. `severity` orders the states; a demand never becomes looser by itself.
CREATE TABLE demands (
  source text PRIMARY KEY,
  state text NOT NULL,
  severity smallint NOT NULL,
  reason text NOT NULL,
  evidence json NOT NULL,
  since bigint NOT NULL
);

-- What a person asked for and nobody has carried out yet.
CREATE TABLE commands (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  command_id text PRIMARY KEY,
  kind text NOT NULL,
  requested_time bigint NOT NULL
);
