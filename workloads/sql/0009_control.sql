-- What was asked of the control API and what was answered: the same operation asked for again is answered from here and
-- does nothing.
CREATE TABLE operations (
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  operation_id text PRIMARY KEY,
  action text NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  result text NOT NULL CHECK (result IN ('done', 'refused')),
  code text,
  message text NOT NULL,
  state text NOT NULL,
  time bigint NOT NULL
);

-- Until when entries are held back for an update. No row: they are not.
CREATE TABLE entry_hold (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  operation_id text NOT NULL,
  held_until bigint NOT NULL
);
