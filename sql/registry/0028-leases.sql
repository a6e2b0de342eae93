-- What a worker holds: one row for all that it claimed at once. ids: a JSON array of the messages'
-- numbers. A message is held when its state is leased and its lease is this one. A worker's next
-- claim takes the same slot when all of the last is settled.
CREATE TABLE IF NOT EXISTS api_lease (
	slot BINARY(16) NOT NULL,
	lease BINARY(16) NOT NULL,
	tenant_id INT UNSIGNED NOT NULL,
	leased_by VARCHAR(100) NOT NULL,
	until_at DATETIME(6) NOT NULL,
	ids MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (slot),
	KEY lease (lease),
	KEY tenant (tenant_id, until_at),
	KEY worker (leased_by)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- What is held at this moment stays so. The end of its lease was in visible_at.
INSERT INTO api_lease (slot, lease, tenant_id, leased_by, until_at, ids)
SELECT lease, lease, tenant_id, leased_by, MAX(visible_at), CONCAT('[', GROUP_CONCAT(id), ']')
FROM api_message WHERE state = 2 AND lease IS NOT NULL GROUP BY lease, tenant_id, leased_by
ON DUPLICATE KEY UPDATE lease = VALUES(lease);

UPDATE api_message SET visible_at = LEAST(received_at, visible_at) WHERE state = 2;

-- A claim changes a row where it is, and no index (doc/performance.md):
-- visible_at: when a ready message may be taken; a leased one keeps it.
-- lease: has its room from the beginning; room is given up when the message is settled, for what
-- that adds. A row that grows moves within its page, or to another.
-- phase: 1 ready or leased, 2 the same of BatchMode, else the state.
-- key_state: the state of a message that has an ordering key.
ALTER TABLE api_message
	MODIFY lease BINARY(16) NULL DEFAULT 0x00000000000000000000000000000000,
	ADD COLUMN IF NOT EXISTS room BINARY(48) NULL DEFAULT '',
	ADD COLUMN IF NOT EXISTS phase TINYINT UNSIGNED AS (CASE WHEN state > 2 THEN state
		WHEN batch_mode <> 0 THEN 2 ELSE 1 END) STORED,
	ADD COLUMN IF NOT EXISTS key_state TINYINT UNSIGNED AS (CASE WHEN ordering_key IS NOT NULL
		THEN state END) STORED,
	DROP KEY IF EXISTS claim,
	DROP KEY IF EXISTS claim_batch,
	DROP KEY IF EXISTS ordering,
	ADD KEY claim (tenant_id, phase, visible_at, id),
	ADD KEY ordering (tenant_id, ordering_key, key_state);

-- What a worker that was not stopped leased meanwhile; none can do so any more.
INSERT INTO api_lease (slot, lease, tenant_id, leased_by, until_at, ids)
SELECT m.lease, m.lease, m.tenant_id, m.leased_by, MAX(m.visible_at),
	CONCAT('[', GROUP_CONCAT(m.id), ']')
FROM api_tenant_queue q STRAIGHT_JOIN api_message m FORCE INDEX (claim)
		ON m.tenant_id = q.tenant_id AND m.phase IN (1, 2)
	LEFT JOIN api_lease l ON l.lease = m.lease
WHERE m.state = 2 AND m.lease IS NOT NULL AND l.slot IS NULL
GROUP BY m.lease, m.tenant_id, m.leased_by
ON DUPLICATE KEY UPDATE lease = VALUES(lease);
