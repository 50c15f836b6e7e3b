-- What the providers bill: taken over bucket by bucket, and what was done about it.

CREATE TABLE quotakit.bill_bucket (
  account_id   int4 NOT NULL REFERENCES quotakit.account,
  service      text NOT NULL CHECK (octet_length(service) BETWEEN 1 AND 100),
  organization text NOT NULL CHECK (octet_length(organization) <= 200),
  source       text NOT NULL CHECK (octet_length(source) BETWEEN 1 AND 100),
  bucket_start timestamptz NOT NULL,
  bucket_end   timestamptz NOT NULL CHECK (bucket_end > bucket_start),
  day          date NOT NULL,
  by_model     bool NOT NULL,
  usd          int8,
  tokens       int8,
  imported_at  timestamptz NOT NULL,
  PRIMARY KEY (account_id, service, organization, source, bucket_start)
);
CREATE INDEX bill_bucket_day ON quotakit.bill_bucket (account_id, day);
COMMENT ON TABLE quotakit.bill_bucket IS 'What a provider bills for a span of time, as import_bill() took it over: the latest word on it.';
COMMENT ON COLUMN quotakit.bill_bucket.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.bill_bucket.service IS 'The service that bills.';
COMMENT ON COLUMN quotakit.bill_bucket.organization IS 'Whose bill it is, where a service sends several; empty for the only one.';
COMMENT ON COLUMN quotakit.bill_bucket.source IS 'costs, or the kind of usage that is reported (completions, embeddings, messages, …).';
COMMENT ON COLUMN quotakit.bill_bucket.bucket_start IS 'Start of the span.';
COMMENT ON COLUMN quotakit.bill_bucket.bucket_end IS 'Its end; not in the span.';
COMMENT ON COLUMN quotakit.bill_bucket.day IS 'Its day in UTC, as providers bill.';
COMMENT ON COLUMN quotakit.bill_bucket.by_model IS 'Whether any of its lines names a model.';
COMMENT ON COLUMN quotakit.bill_bucket.usd IS 'What is billed, in nano-USD; null where the bill has no money in it.';
COMMENT ON COLUMN quotakit.bill_bucket.tokens IS 'Tokens that are billed; null where the bill has none in it.';
COMMENT ON COLUMN quotakit.bill_bucket.imported_at IS 'When these amounts were taken over.';

CREATE TABLE quotakit.bill_line (
  account_id    int4 NOT NULL,
  service       text NOT NULL,
  organization  text NOT NULL,
  source        text NOT NULL,
  bucket_start  timestamptz NOT NULL,
  line          int4 NOT NULL,
  day           date NOT NULL,
  model         text NOT NULL,
  project       text NOT NULL,
  api_key       text NOT NULL,
  item          text NOT NULL,
  usd           int8,
  input_tokens  int8,
  output_tokens int8,
  requests      int8,
  PRIMARY KEY (account_id, service, organization, source, bucket_start, line),
  FOREIGN KEY (account_id, service, organization, source, bucket_start) REFERENCES quotakit.bill_bucket ON DELETE CASCADE
);
CREATE INDEX bill_line_day ON quotakit.bill_line (account_id, day);
COMMENT ON TABLE quotakit.bill_line IS 'The lines of a bill: what is billed in a bucket by model, project or key and item. Lines that are alike are one.';
COMMENT ON COLUMN quotakit.bill_line.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.bill_line.service IS 'As of the bucket.';
COMMENT ON COLUMN quotakit.bill_line.organization IS 'As of the bucket.';
COMMENT ON COLUMN quotakit.bill_line.source IS 'As of the bucket.';
COMMENT ON COLUMN quotakit.bill_line.bucket_start IS 'As of the bucket.';
COMMENT ON COLUMN quotakit.bill_line.line IS 'Number of the line in its bucket.';
COMMENT ON COLUMN quotakit.bill_line.day IS 'As of the bucket.';
COMMENT ON COLUMN quotakit.bill_line.model IS 'The model as the bill names it; empty where it names none.';
COMMENT ON COLUMN quotakit.bill_line.project IS 'Project or workspace at the provider; empty where the bill names none.';
COMMENT ON COLUMN quotakit.bill_line.api_key IS 'Key at the provider; empty where the bill names none.';
COMMENT ON COLUMN quotakit.bill_line.item IS 'What the bill calls the line; empty for none.';
COMMENT ON COLUMN quotakit.bill_line.usd IS 'What is billed, in nano-USD; null where the bill has no money in it.';
COMMENT ON COLUMN quotakit.bill_line.input_tokens IS 'Input tokens of all kinds; null where the bill has none in it.';
COMMENT ON COLUMN quotakit.bill_line.output_tokens IS 'Output tokens of all kinds; null where the bill has none in it.';
COMMENT ON COLUMN quotakit.bill_line.requests IS 'Requests; null where the bill does not count them.';

CREATE SEQUENCE quotakit.booking_id_seq;
CREATE TABLE quotakit.bill_booking (
  account_id int4 NOT NULL,
  booking_id int8 NOT NULL DEFAULT nextval('quotakit.booking_id_seq'),
  service    text NOT NULL,
  day        date NOT NULL,
  model      text NOT NULL,
  node_id    int4 NOT NULL,
  event_id   uuid NOT NULL,
  usd        int8 NOT NULL,
  booked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, booking_id),
  FOREIGN KEY (account_id, node_id) REFERENCES quotakit.node
);
CREATE INDEX bill_booking_day ON quotakit.bill_booking (account_id, day);
COMMENT ON TABLE quotakit.bill_booking IS 'Differences between a bill and the ledger that book_difference() has booked.';
COMMENT ON COLUMN quotakit.bill_booking.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.bill_booking.booking_id IS 'Number of the booking.';
COMMENT ON COLUMN quotakit.bill_booking.service IS 'The service that billed.';
COMMENT ON COLUMN quotakit.bill_booking.day IS 'The day of the bill, in UTC.';
COMMENT ON COLUMN quotakit.bill_booking.model IS 'The model of the event; empty for none.';
COMMENT ON COLUMN quotakit.bill_booking.node_id IS 'The path that it was booked on.';
COMMENT ON COLUMN quotakit.bill_booking.event_id IS 'The event in the ledger.';
COMMENT ON COLUMN quotakit.bill_booking.usd IS 'What was booked, in nano-USD; negative where more had been recorded than was billed.';
COMMENT ON COLUMN quotakit.bill_booking.booked_at IS 'When.';
