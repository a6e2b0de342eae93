-- A changed user signs in again.

ALTER TABLE api_session ADD KEY IF NOT EXISTS user (user_id);
