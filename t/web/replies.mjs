// Compares replies with an OpenAPI document. Usage: replies.mjs OPENAPI FOLDER; each line of a file of the folder is a reply: method, path (the template), hidden, status,
// type, headers (names of those that not every reply has), body. Members that a schema does not name are faults here, although clients must bear them. Prints {"replies": N, "faults": [...], "never": [...]}.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [file, folder] = process.argv.slice(2);
const api = JSON.parse(readFileSync(file, 'utf8'));

// An object with named members has no others.
const close = (o) => {
	if (o === null || typeof o !== 'object') return;
	if (o.type === 'object' || (Array.isArray(o.type) && o.type.includes('object')))
		if (o.properties !== undefined) o.additionalProperties = false;
	Object.values(o).forEach(close);
};
close(api.components.schemas);

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'api', components: api.components });
const compiled = new Map();
const validatorOf = (schema) => {
	const text = JSON.stringify(schema).replaceAll('"#/', '"api#/');
	if (!compiled.has(text)) compiled.set(text, ajv.compile(JSON.parse(text)));
	return compiled.get(text);
};
const resolve = (o) => (o?.$ref ? o.$ref.slice(2).split('/').reduce((at, name) => at[name], api) : o);

const faults = new Map(), called = new Set();
let replies = 0;
const fault = (r, what) => faults.set(`${r.method} ${r.path} ${r.status}: ${what}`, r.body.slice(0, 300));

const check = (r) => {
	const method = r.method === 'HEAD' ? 'GET' : r.method;
	const operation = api.paths[r.path]?.[method.toLowerCase()];
	if (operation === undefined) return fault(r, 'is not described');
	// What is not built answers 501 to whoever may ask: that, too, is to be seen.
	if (r.status < 400 || r.status === 501) called.add(`${method} ${r.path}`);
	const response = resolve(operation.responses[r.status]);
	if (r.method === 'HEAD') return;
	if (response === undefined) return fault(r, 'this status is not described');
	for (const name of r.headers) if (response.headers?.[name] === undefined) fault(r, `the header ${name} is not described`);
	if (response.content === undefined) return r.body === '' ? undefined : fault(r, 'has a body');
	const type = r.type.split(';')[0];
	const media = response.content[type] ?? Object.entries(response.content).find(([name]) => name.split(';')[0] === type)?.[1];
	if (media === undefined) return fault(r, `the type ${type} is not described`);
	if (!/json$/.test(type)) return;
	let body;
	try { body = JSON.parse(r.body); } catch { return fault(r, 'is not JSON'); }
	const valid = validatorOf(media.schema);
	if (!valid(body)) for (const e of valid.errors) fault(r, `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
};

for (const name of readdirSync(folder))
	for (const line of readFileSync(join(folder, name), 'utf8').split('\n'))
		if (line !== '') {
			const r = JSON.parse(line);
			if (r.hidden) called.add(`${r.method} ${r.path}`);
			else { replies++; check(r); }
		}
const never = [];
for (const [path, item] of Object.entries(api.paths))
	for (const [method, operation] of Object.entries(item)) {
		const name = `${method.toUpperCase()} ${path}`;
		if (!called.has(name)) never.push(name);
	}
console.log(JSON.stringify({ replies, faults: [...faults].map(([what, body]) => `${what} ${body}`), never }));
