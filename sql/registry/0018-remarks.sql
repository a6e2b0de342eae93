-- What was understood otherwise than it was sent: a JSON array of sentences, or nothing.
ALTER TABLE api_attempt ADD COLUMN IF NOT EXISTS remarks TEXT NOT NULL DEFAULT '';
ALTER TABLE api_message ADD COLUMN IF NOT EXISTS remarks TEXT NOT NULL DEFAULT '' AFTER reason;
