-- What a transaction relies on without having asked first: where it does not hold, the whole transaction is refused.
CREATE FUNCTION require_that(holds boolean, otherwise text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT holds THEN
    RAISE EXCEPTION USING ERRCODE = 'CL001', MESSAGE = otherwise;
  END IF;
  RETURN true;
END
$$;
