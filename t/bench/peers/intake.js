// The intake of webhooks as a shop's own developer would write it in Node.js: check the signature,
// one row, one durable commit, sixteen connections.
// PEER_SOCKET, PEER_SECRET and PORT are in the environment; mysql2 is in PEER_MODULES.
const { createServer } = require('node:http');
const { createHmac, randomBytes, timingSafeEqual } = require('node:crypto');
const mysql = require(`${process.env.PEER_MODULES}/mysql2`);

const pool = mysql.createPool({
	socketPath: process.env.PEER_SOCKET, user: 'root', database: 'peer', connectionLimit: 16,
});
const insert = `INSERT INTO message (receipt, dedup_key, tenant_id, source_id, platform, entity,
	action, headers, uri, body, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NOW(6))
	ON DUPLICATE KEY UPDATE id = id`;

function isSigned(request, body) {
	const expected = createHmac('sha256', process.env.PEER_SECRET).update(body).digest();
	const given = Buffer.from(request.headers['x-shopify-hmac-sha256'] ?? '', 'base64');
	return given.length === expected.length && timingSafeEqual(given, expected);
}

function take(request, response, body) {
	if (!isSigned(request, body)) {
		response.writeHead(401).end();
		return;
	}
	const receipt = randomBytes(16);
	const source = Number(new URL(request.url, 'http://x').searchParams.get('SourceId'));
	const headers = JSON.stringify({ topic: request.headers['x-shopify-topic'] });
	pool.execute(insert, [receipt, request.headers['x-shopify-webhook-id'], 1, source,
		'Shopify', 'Order', 'Insert', headers, request.url, body], (error, result) => {
		if (error) {
			response.writeHead(503).end();
			return;
		}
		response.writeHead(202, { 'Content-Type': 'application/json' });
		response.end(JSON.stringify({ Receipt: receipt.toString('hex'),
			Duplicate: result.affectedRows === 0 }));
	});
}

createServer((request, response) => {
	const parts = [];
	request.on('data', (part) => parts.push(part));
	request.on('end', () => take(request, response, Buffer.concat(parts)));
}).listen(Number(process.env.PORT), '127.0.0.1', 511);
