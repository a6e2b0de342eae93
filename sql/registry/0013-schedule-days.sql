-- What schedules need to know beside the instant of the next occurrence.

-- next_day: the local day, as days since 1970-01-01, that the rule names for the next occurrence
-- (also while paused), NULL for one-time and hourly forms: zone data that changes
-- moves an occurrence, not its day. silent_from: the first due time since it was made or resumed;
-- silence counts from it at the earliest.
ALTER TABLE api_schedule
	ADD COLUMN IF NOT EXISTS next_day INT NULL AFTER next_due_at,
	ADD COLUMN IF NOT EXISTS silent_from DATETIME(6) NULL AFTER silence_h;

-- What has ended alarms no more, what was never due not before it is.
UPDATE api_schedule SET silent_at = NULL WHERE silent_at IS NOT NULL AND next_due_at IS NULL
	AND fault = '';
UPDATE api_schedule SET silent_from = next_due_at, silent_at = next_due_at + INTERVAL silence_h HOUR
WHERE silent_at IS NOT NULL AND next_due_at IS NOT NULL AND last_success_at IS NULL
	AND (after_at IS NULL OR after_at < created_at);
