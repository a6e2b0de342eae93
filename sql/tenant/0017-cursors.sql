-- Where a connector stands (store/exchange/store_cursor.h), by connection, resource ("orders") and
-- scope (a shop or website of the connection; '' = all). Resource '' is the connection itself: its
-- worker is the run that may note something, its about what the cursors are about: when that is
-- another shop, they are forgotten. seen_at: all that was changed before was read. pass_at,
-- pass_from, pass_id: of a pass that is not over: when it began, from when on it reads what was
-- changed (NULL = all), and the id that it has come to; pass_at NULL = none is open. swept_at: when
-- deletions were looked for last.
CREATE TABLE IF NOT EXISTS `api_cursor` (
	connection VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	resource VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	scope VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	worker BINARY(16) NULL,
	about VARCHAR(700) NOT NULL DEFAULT '',
	seen_at DATETIME(6) NULL,
	pass_from DATETIME(6) NULL,
	pass_at DATETIME(6) NULL,
	pass_id BIGINT NOT NULL DEFAULT 0,
	swept_at DATETIME(6) NULL,
	PRIMARY KEY (connection, resource, scope)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
