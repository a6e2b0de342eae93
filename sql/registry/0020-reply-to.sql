-- reply_to: whether answers to a mail with a webhook's content may go to the address that the
-- webhook itself names.
ALTER TABLE api_alias
	ADD COLUMN IF NOT EXISTS reply_to TINYINT(1) NOT NULL DEFAULT 0 AFTER admin_email;
