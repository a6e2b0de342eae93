-- How often what a process has seen was declared void. A run that began before the last time does
-- not note what it saw.

ALTER TABLE `api_process_state` ADD COLUMN IF NOT EXISTS forgotten BIGINT UNSIGNED NOT NULL DEFAULT
	0;
