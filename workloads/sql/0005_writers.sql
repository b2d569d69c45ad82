-- Several processes on one ledger: each publishes its own rows, and what was consumed is kept for a while only.

-- Whose row it is to publish.
ALTER TABLE outbox ADD COLUMN writer text;
UPDATE outbox SET writer = CASE stream WHEN 'orders' THEN 'risk' WHEN 'order_results' THEN 'execution'
  WHEN 'signals' THEN 'signal' WHEN 'market_data' THEN 'screener' ELSE 'risk' END;
ALTER TABLE outbox ALTER COLUMN writer SET NOT NULL;
CREATE INDEX outbox_by_writer ON outbox (writer, sequence);

-- When an event was consumed: events do not come again after the streams have forgotten them.
ALTER TABLE inbox ADD COLUMN marked_time timestamptz NOT NULL DEFAULT now();
CREATE INDEX inbox_by_time ON inbox (marked_time);
