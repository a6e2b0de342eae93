-- Lists of a tenant's runs in a state, the newest first, read no others.

ALTER TABLE api_run ADD KEY IF NOT EXISTS in_state (tenant_id, state, run_id);
