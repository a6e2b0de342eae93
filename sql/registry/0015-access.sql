-- How the sender of a message showed who it is: 1 token, 2 login, 3 session, 4 signature, 5 the
-- Source's key, 6 nothing, the Source being open. 0, of messages that came before this
-- was noted, is read as the least: as a credential of the Source. may_write: what such a credential
-- reaches, own, shared or all (store/entity_owner.h).
ALTER TABLE api_message ADD COLUMN IF NOT EXISTS auth TINYINT UNSIGNED NOT NULL DEFAULT 0 AFTER
	kind;
ALTER TABLE api_source ADD COLUMN IF NOT EXISTS may_write VARCHAR(8) CHARACTER
	SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'own' AFTER is_open;
