// The queue of a Node shop: graphile-worker, tuned as its manual says for throughput (a local queue
// of jobs, completions in batches). Works off the jobs that do nothing, and prints the seconds
// from the first job on, and the bytes of the log for each job.
// Usage: PGHOST=FOLDER node queue.js JOBS
const { run, runMigrations, Logger } = require('graphile-worker');
const { Pool } = require('pg');

async function main(jobs) {
	const pgPool = new Pool({ host: process.env.PGHOST, user: 'bench', database: 'postgres',
		max: 20 });
	await runMigrations({ pgPool });
	await pgPool.query('DELETE FROM graphile_worker._private_jobs');
	await pgPool.query(`SELECT count(*) FROM graphile_worker.add_jobs((SELECT array_agg(('noop',
		json_build_object('x', repeat('y', 500)), null::text, null::timestamptz, null::int,
		null::text, null::int, null::text[])::graphile_worker.job_spec)
		FROM generate_series(1, $1::int)))`, [jobs]);
	await pgPool.query('VACUUM ANALYZE graphile_worker._private_jobs');
	let done = 0, runner, begun, log;
	const written = async () => Number((await pgPool.query(
		"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS n")).rows[0].n);
	log = await written();
	await new Promise((resolve) => {
		const noop = async () => {
			if (begun === undefined)
				begun = process.hrtime.bigint();
			if (++done === jobs)
				resolve();
		};
		run({ pgPool, noHandleSignals: true, logger: new Logger(() => () => {}),
			preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0,
				failJobBatchDelay: 0, concurrentJobs: 10 } },
			taskList: { noop } }).then((r) => { runner = r; });
	});
	// Stopping waits for the completions that are under way: they are part of the work.
	await runner.stop();
	const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
	const left = await pgPool.query(`SELECT count(*)::int AS n
		FROM graphile_worker._private_jobs`);
	if (left.rows[0].n !== 0)
		throw new Error(left.rows[0].n + ' jobs are left');
	console.log(seconds, Math.round((await written() - log) / jobs));
	process.exit(0);
}

main(+process.argv[2]).catch((e) => { console.error(e); process.exit(1); });
