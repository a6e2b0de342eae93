// Runs the two public linters over an OpenAPI document. Usage: lint.mjs FILE. Prints {"redocly": [...], "spectral": [...]}: what each finds, warnings and hints too.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = process.argv[2], here = dirname(fileURLToPath(import.meta.url));
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
const run = (program, ...args) => {
	const done = spawnSync(process.execPath, [join(here, 'node_modules', program), ...args], { cwd: here, env, encoding: 'utf8', maxBuffer: 1 << 28 });
	if (done.error || ![0, 1].includes(done.status)) throw new Error(`${program}: ${done.error ?? done.stderr}`);
	return done.stdout;
};

// Both put words for people behind their JSON.
const json = (text, end) => JSON.parse(text.slice(0, text.lastIndexOf(end) + 1));
const redocly = json(run('@redocly/cli/bin/cli.js', 'lint', file, '--config', join(here, 'redocly.yaml'), '--format', 'json', '--max-problems', '1000'), '}');
const spectral = json(run('@stoplight/spectral-cli/dist/index.js', 'lint', file, '--ruleset', join(here, 'spectral.yaml'), '--format', 'json', '--fail-severity', 'hint'), ']');

console.log(JSON.stringify({
	redocly: redocly.problems.map((p) => `${p.severity} ${p.ruleId}: ${p.message} ${p.location[0]?.pointer ?? ''}`),
	spectral: spectral.map((p) => `${p.code}: ${p.message} ${p.path.join('/')}`),
}));
