-- Those that a clock which ran ahead has moved on are found by what is settled of them.
ALTER TABLE api_schedule
	ADD KEY IF NOT EXISTS after_at (after_at, schedule_id);
