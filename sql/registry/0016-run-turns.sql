-- The tenants take turns with their runs.

-- tenant_state: which tenants have runs that wait, what of one may begin, and what it has at work;
-- begun: when one of its runs began last.
ALTER TABLE api_run
	ADD KEY IF NOT EXISTS tenant_state (tenant_id, state, not_before, run_id),
	ADD KEY IF NOT EXISTS begun (tenant_id, started_at);
