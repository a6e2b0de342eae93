-- The files that imports took (store/exchange/store_import.h), so that none is taken twice, and
-- how far one has come, so that it is gone on with. name: as its connection names it. worker: of
-- the run that is at work on it. next_offset, next_line: of the row that comes next; 0 = its
-- first. counts: JSON. accepted_bytes, rejected_bytes, reasons_bytes: the length of its result
-- files up to there.
CREATE TABLE IF NOT EXISTS `api_import` (
	import_id BIGINT NOT NULL AUTO_INCREMENT,
	connection VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	name VARCHAR(500) NOT NULL,
	bytes BIGINT NOT NULL,
	sha256 BINARY(32) NOT NULL,
	state TINYINT NOT NULL,
	worker BINARY(16) NOT NULL,
	next_offset BIGINT NOT NULL DEFAULT 0,
	next_line BIGINT NOT NULL DEFAULT 0,
	counts MEDIUMTEXT NOT NULL,
	accepted_bytes BIGINT NOT NULL DEFAULT 0,
	rejected_bytes BIGINT NOT NULL DEFAULT 0,
	reasons_bytes BIGINT NOT NULL DEFAULT 0,
	reason VARCHAR(600) NOT NULL DEFAULT '',
	started_at DATETIME(6) NOT NULL,
	ended_at DATETIME(6) NULL,
	PRIMARY KEY (import_id),
	UNIQUE KEY taken (connection, sha256, bytes, name(100)),
	KEY started (started_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
