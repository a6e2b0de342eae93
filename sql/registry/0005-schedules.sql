-- Schedules, their occurrences and the runs of processes. Instants are UTC.

-- rule: the form's fields as the client said them, JSON; read again with every change. next_due_at
-- NULL = nothing more is due (paused, ended, one time done).
-- after_at: occurrences up to it are settled, the next is computed from it. paused_at: since when
-- it is paused. silence_h: mail to the tenant's admin when no run succeeded for that long;
-- silent_at: when that is due next.
CREATE TABLE IF NOT EXISTS api_schedule (
	schedule_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant_id INT UNSIGNED NOT NULL,
	process VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	form VARCHAR(32) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	label VARCHAR(200) NOT NULL DEFAULT '',
	rule TEXT NOT NULL,
	parameters TEXT NOT NULL,
	time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	start_at DATETIME(6) NOT NULL,
	end_at DATETIME(6) NULL,
	misfire TINYINT UNSIGNED NOT NULL,
	grace_s INT UNSIGNED NOT NULL,
	overlap TINYINT UNSIGNED NOT NULL,
	after_at DATETIME(6) NULL,
	next_due_at DATETIME(6) NULL,
	paused_at DATETIME(6) NULL,
	tzdata VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	silence_h INT UNSIGNED NULL,
	silent_at DATETIME(6) NULL,
	last_success_at DATETIME(6) NULL,
	created_by VARCHAR(200) NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NOT NULL,
	deleted_at DATETIME(6) NULL,
	fault VARCHAR(600) NOT NULL DEFAULT '',
	PRIMARY KEY (schedule_id),
	KEY due (next_due_at, schedule_id),
	KEY tenant (tenant_id, deleted_at, process, schedule_id),
	KEY silent (silent_at),
	KEY tzdata (tzdata, schedule_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One row per occurrence of a schedule (due_at), and per manual run or retry (due_at NULL, so it
-- never takes an occurrence's place).
-- origin: 1 schedule, 2 manual, 3 retry (of retry_of).
-- state: 1 waiting, 2 running, 3 success, 4 warning, 5 failed, 6 lost, 7 cancelled, 8 timed out,
-- 9 skipped, 10 missed.
-- A row of state 9 or 10 with occurrences > 1 stands for all of them from due_at to last_due_at.
-- busy_schedule and busy_exclusive are set while it runs, and unique: two runs of one schedule, or
-- of one tenant's exclusive word, cannot run at once whoever starts them.
CREATE TABLE IF NOT EXISTS api_run (
	run_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant_id INT UNSIGNED NOT NULL,
	schedule_id BIGINT UNSIGNED NULL,
	process VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	parameters TEXT NOT NULL,
	origin TINYINT UNSIGNED NOT NULL,
	retry_of BIGINT UNSIGNED NULL,
	tries INT UNSIGNED NOT NULL DEFAULT 1,
	due_at DATETIME(6) NULL,
	occurrences INT UNSIGNED NOT NULL DEFAULT 1,
	last_due_at DATETIME(6) NULL,
	state TINYINT UNSIGNED NOT NULL,
	not_before DATETIME(6) NOT NULL,
	allow_overlap TINYINT(1) NOT NULL DEFAULT 0,
	exclusive VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	busy_schedule BIGINT UNSIGNED NULL,
	busy_exclusive VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	lease BINARY(16) NULL,
	lease_until DATETIME(6) NULL,
	worker VARCHAR(100) NOT NULL DEFAULT '',
	cancel_at DATETIME(6) NULL,
	cancel_by VARCHAR(200) NOT NULL DEFAULT '',
	started_at DATETIME(6) NULL,
	ended_at DATETIME(6) NULL,
	progress_at DATETIME(6) NULL,
	phase VARCHAR(100) NOT NULL DEFAULT '',
	done BIGINT NOT NULL DEFAULT 0,
	total BIGINT NOT NULL DEFAULT 0,
	rate BIGINT NOT NULL DEFAULT 0,
	result TEXT NOT NULL,
	reason_class VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	reason VARCHAR(600) NOT NULL DEFAULT '',
	log_tail TEXT NOT NULL,
	created_by VARCHAR(200) NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (run_id),
	UNIQUE KEY occurrence (schedule_id, due_at),
	UNIQUE KEY retried (retry_of),
	UNIQUE KEY busy_schedule (busy_schedule),
	UNIQUE KEY busy_exclusive (busy_exclusive),
	KEY waiting (state, not_before, run_id),
	KEY lapsed (state, lease_until),
	KEY schedule_state (schedule_id, state),
	KEY tenant (tenant_id, run_id),
	KEY exclusive (tenant_id, exclusive, state),
	KEY ended (ended_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
