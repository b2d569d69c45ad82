-- The closed candles a bot traded on, of venues that go on without end: services that begin fill their windows from them
-- (nothing is opened on them), and people read them. A correction replaces its candle. Kept for a while only.
CREATE TABLE candles (
  symbol text NOT NULL,
  interval_ms bigint NOT NULL,
  open_time bigint NOT NULL,
  open numeric NOT NULL,
  high numeric NOT NULL,
  low numeric NOT NULL,
  close numeric NOT NULL,
  volume numeric NOT NULL,
  quote_volume numeric NOT NULL,
  PRIMARY KEY (symbol, interval_ms, open_time)
);
CREATE INDEX candles_by_time ON candles (open_time);
