-- What must still be published, what was consumed already, and where each component goes on after a restart.

CREATE TABLE outbox (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream text NOT NULL,
  event json NOT NULL
);

CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id text NOT NULL,
  PRIMARY KEY (consumer, event_id)
);

CREATE TABLE component_state (
  component text PRIMARY KEY,
  state json NOT NULL
);

CREATE TABLE replay_cursor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  data_hash text NOT NULL,
  settings_hash text NOT NULL,
  candles bigint NOT NULL,
  time bigint NOT NULL,
  finished boolean NOT NULL
);
