-- The trading rules of each symbol, as the venue last told them: risk and execution read them here.
CREATE TABLE instruments (
  symbol text PRIMARY KEY,
  base text NOT NULL,
  quote text NOT NULL,
  tick_size numeric NOT NULL,
  lot_size numeric NOT NULL,
  min_quantity numeric NOT NULL,
  min_notional numeric NOT NULL,
  max_notional numeric,
  taker_fee numeric,
  maker_fee numeric,
  tradable boolean NOT NULL,
  market_orders boolean NOT NULL
);
