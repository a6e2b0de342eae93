-- Messages under a lease are found by their numbers, or by tenant and state.
ALTER TABLE api_message DROP KEY IF EXISTS lease;
