-- What is open about persons, and since when, is asked by customerapi doctor.

ALTER TABLE api_privacy ADD KEY IF NOT EXISTS open (state, requested_at);
