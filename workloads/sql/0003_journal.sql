-- The hash-chained journal, one chain a component. `body` is the very text that was hashed.
CREATE TABLE journal (
  component text NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  previous_hash text NOT NULL,
  hash text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (component, sequence)
);

-- Count and head of each chain, kept apart from the entries, so that a cut tail is found.
CREATE TABLE journal_heads (
  component text PRIMARY KEY,
  count bigint NOT NULL,
  hash text NOT NULL
);

-- Entries are added, never changed: whoever wants to must first take this trigger away, and the chain still tells.
CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();
