// Compares the named examples of the platform Standard with the schemas of their entities. Usage: examples.mjs OPENAPI. Prints {"examples": N, "faults": [...]}.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';

const api = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'api', components: api.components });
const path = Object.keys(api.paths).find((name) => name.includes('/QueueProcess/'));
const faults = [];
let examples = 0;
for (const [name, example] of Object.entries(api.paths[path].post.requestBody.content['application/json'].examples)) {
	const [platform, entity] = name.split('.');
	if (platform !== 'Standard') continue;
	examples++;
	const valid = ajv.compile({ $ref: `api#/components/schemas/Standard${entity}` });
	if (!valid(example.value)) faults.push(...valid.errors.map((e) => `${name}: ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`));
}
console.log(JSON.stringify({ examples, faults }));
