-- People who sign in to the dashboard, their sessions, and those who are invited.

CREATE SEQUENCE quotakit.member_id_seq AS int4;
CREATE TABLE quotakit.member (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  member_id     int4 NOT NULL DEFAULT nextval('quotakit.member_id_seq'),
  email         text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254 AND email = lower(email) AND email !~ '[[:cntrl:]]'),
  name          text CHECK (octet_length(name) BETWEEN 1 AND 200),
  role          text NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_used     timestamptz,
  PRIMARY KEY (account_id, member_id)
);
-- Signing in knows no account yet. Where accounts are on several servers, their
-- router keeps this directory.
CREATE UNIQUE INDEX member_email ON quotakit.member (email);
COMMENT ON TABLE quotakit.member IS 'A person who signs in. An e-mail address belongs to one account.';
COMMENT ON COLUMN quotakit.member.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.member.member_id IS 'Number of the member.';
COMMENT ON COLUMN quotakit.member.email IS 'E-mail address, in small letters.';
COMMENT ON COLUMN quotakit.member.name IS 'What others call them.';
COMMENT ON COLUMN quotakit.member.role IS 'owner: everything; admin: everything but the account''s settings and members; viewer: reads.';
COMMENT ON COLUMN quotakit.member.password_hash IS 'yescrypt of a hash of the password; bcrypt of it in a member of old who has not signed in since.';
COMMENT ON COLUMN quotakit.member.created_at IS 'When they joined.';
COMMENT ON COLUMN quotakit.member.last_used IS 'When a session of theirs was last used, to the minute.';

CREATE TABLE quotakit.session (
  account_id int4 NOT NULL,
  token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  member_id  int4 NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, token_hash),
  FOREIGN KEY (account_id, member_id) REFERENCES quotakit.member ON DELETE CASCADE
);
CREATE INDEX session_member ON quotakit.session (account_id, member_id);
COMMENT ON TABLE quotakit.session IS 'Who is signed in. Ends 12 hours after its last use or 14 days after it began. Not dumped.';
COMMENT ON COLUMN quotakit.session.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.session.token_hash IS 'SHA-256 of the SHA-256 of the session''s token.';
COMMENT ON COLUMN quotakit.session.member_id IS 'The member.';
COMMENT ON COLUMN quotakit.session.created_at IS 'When they signed in.';
COMMENT ON COLUMN quotakit.session.last_used IS 'When it was last used, to the minute.';

CREATE SEQUENCE quotakit.invitation_id_seq AS int4;
CREATE TABLE quotakit.invitation (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  invitation_id int4 NOT NULL DEFAULT nextval('quotakit.invitation_id_seq'),
  email         text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254 AND email = lower(email) AND email !~ '[[:cntrl:]]'),
  role          text NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
  token_hash    bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  invited_by    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  used_at       timestamptz,
  PRIMARY KEY (account_id, invitation_id),
  UNIQUE (account_id, token_hash)
);
COMMENT ON TABLE quotakit.invitation IS 'Who may join an account as what.';
COMMENT ON COLUMN quotakit.invitation.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.invitation.invitation_id IS 'Number of the invitation.';
COMMENT ON COLUMN quotakit.invitation.email IS 'E-mail address, in small letters.';
COMMENT ON COLUMN quotakit.invitation.role IS 'owner, admin or viewer.';
COMMENT ON COLUMN quotakit.invitation.token_hash IS 'SHA-256 of the token in the link.';
COMMENT ON COLUMN quotakit.invitation.invited_by IS 'Who invited.';
COMMENT ON COLUMN quotakit.invitation.created_at IS 'When.';
COMMENT ON COLUMN quotakit.invitation.expires_at IS 'When the link stops working.';
COMMENT ON COLUMN quotakit.invitation.used_at IS 'When they joined, or the invitation was withdrawn; null while it is open.';

CREATE TABLE quotakit.sign_in_network (
  account_id int4 NOT NULL,
  member_id  int4 NOT NULL,
  network    cidr NOT NULL,
  last_used  timestamptz NOT NULL,
  PRIMARY KEY (account_id, member_id, network),
  FOREIGN KEY (account_id, member_id) REFERENCES quotakit.member ON DELETE CASCADE
);
COMMENT ON TABLE quotakit.sign_in_network IS 'Where a member has signed in, the last twenty places: attempts elsewhere cannot lock them out there. Not dumped.';
COMMENT ON COLUMN quotakit.sign_in_network.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.sign_in_network.member_id IS 'The member.';
COMMENT ON COLUMN quotakit.sign_in_network.network IS 'An IPv4 address, or an IPv6 network of 64 bits.';
COMMENT ON COLUMN quotakit.sign_in_network.last_used IS 'When they last signed in there; after 90 days it is a place like any other.';

CREATE TABLE quotakit.sign_in_attempt (
  account_id int4 NOT NULL CHECK (account_id = 0),
  email_hash bytea NOT NULL CHECK (octet_length(email_hash) = 32),
  minute     timestamptz NOT NULL,
  attempts   int4 NOT NULL,
  network    cidr NOT NULL,
  known      bool NOT NULL,
  PRIMARY KEY (account_id, email_hash, network, minute)
);
CREATE INDEX sign_in_attempt_network ON quotakit.sign_in_attempt (account_id, network, minute);
CREATE INDEX sign_in_attempt_minute ON quotakit.sign_in_attempt (account_id, minute);
COMMENT ON TABLE quotakit.sign_in_attempt IS
  'How often somebody tried to sign in, by address, client network and minute: known and unknown ones alike. Kept for a quarter of an hour; not dumped.';
COMMENT ON COLUMN quotakit.sign_in_attempt.account_id IS 'Always 0: who tries has no account yet.';
COMMENT ON COLUMN quotakit.sign_in_attempt.email_hash IS 'SHA-256 of the address in small letters.';
COMMENT ON COLUMN quotakit.sign_in_attempt.minute IS 'The minute.';
COMMENT ON COLUMN quotakit.sign_in_attempt.attempts IS 'How often.';
COMMENT ON COLUMN quotakit.sign_in_attempt.network IS 'An IPv4 address, or an IPv6 network of 64 bits.';
COMMENT ON COLUMN quotakit.sign_in_attempt.known IS 'Whether the member has signed in there before, or has a session.';
