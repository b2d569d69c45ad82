-- Causes that pass by themselves (no market data, wide spreads, not reconciled): while one is here the bot is ReduceOnly.
-- Written by risk, read by every process that asks for the state.
CREATE TABLE causes (
  source text PRIMARY KEY,
  reason text NOT NULL,
  since bigint NOT NULL
);

-- Exits ask for the orders of one position.
CREATE INDEX orders_by_symbol ON orders (symbol, sequence);
