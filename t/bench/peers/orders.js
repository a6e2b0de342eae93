// A worker as a shop's own developer would write it in Node.js: it leases a hundred messages, and
// writes the rows of each order in a transaction of its own, one order after the other.
// PEER_SOCKET, PEER_MODULES (with mysql2) and PEER_CONNECTIONS are in the environment. Tables: those
// of the product, in the databases peer_registry and peer_tenant.
const mysql = require(`${process.env.PEER_MODULES}/mysql2/promise`);

const connections = Number(process.env.PEER_CONNECTIONS ?? 1);
const LEASE = 100;
const DEADLOCK = 1213;

const pool = mysql.createPool({
	socketPath: process.env.PEER_SOCKET, user: 'root', database: 'peer_tenant',
	connectionLimit: connections, supportBigNumbers: true, timezone: 'Z',
});

async function contactOf(c, customer) {
	const id = String(customer.id);
	const names = [customer.first_name ?? null, customer.last_name ?? null];
	const [known] = await c.execute(`SELECT ContactId FROM ContactIdentifier
		WHERE Identifier = ? AND SourceId = 1 FOR UPDATE`, [id]);
	if (known.length > 0) {
		await c.execute(`UPDATE Contact SET FirstName = ?, LastName = ?,
			ModificationDate = NOW(6) WHERE ContactId = ?
			AND NOT (FirstName <=> ? AND LastName <=> ?)`,
		[...names, known[0].ContactId, ...names]);
		return known[0].ContactId;
	}
	const [made] = await c.execute(`INSERT INTO Contact (ZoneId, FirstName, LastName,
		DeletionFlag, CreationDate, ModificationDate) VALUES (1, ?, ?, 0, NOW(6), NOW(6))`,
	names);
	await c.execute(`INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, SourceId,
		ContactId, CreationDate, ModificationDate) VALUES (UUID(), ?, 1, ?, NOW(6), NOW(6))`,
	[id, made.insertId]);
	return made.insertId;
}

async function writeAddresses(c, contactId, order) {
	const now = new Date();
	const rows = [[1, order.customer.default_address], [2, order.billing_address],
		[3, order.shipping_address]].filter(([, a]) => a)
		.map(([type, a]) => [contactId, 1, type, 0, type === 1 ? order.email : null,
			a.address1, a.zip, a.city, now, now]);
	await c.query(`INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, DeletionFlag,
		Email, Address1, PostCode, City, CreationDate, ModificationDate) VALUES ?
		ON DUPLICATE KEY UPDATE Email = VALUES(Email), Address1 = VALUES(Address1),
		PostCode = VALUES(PostCode), City = VALUES(City)`, [rows]);
}

async function goodsOf(c, lines) {
	const now = new Date();
	const names = lines.map((l) => String(l.variant_id ?? l.sku));
	await c.query(`INSERT INTO PurchaseGood (Identifier, SourceId, Sku, Label, CreationDate,
		ModificationDate) VALUES ? ON DUPLICATE KEY UPDATE PurchaseGoodId = PurchaseGoodId`,
	[lines.map((l, i) => [names[i], 1, l.sku, l.title, now, now])]);
	const [rows] = await c.query(`SELECT PurchaseGoodId, Identifier FROM PurchaseGood
		WHERE SourceId = 1 AND Identifier IN (?)`, [names]);
	const ids = new Map(rows.map((r) => [r.Identifier, r.PurchaseGoodId]));
	return names.map((name) => ids.get(name));
}

async function writeOrder(c, message) {
	const order = JSON.parse(message.body);
	const now = new Date();
	await c.query('START TRANSACTION');
	const contactId = await contactOf(c, order.customer);
	await writeAddresses(c, contactId, order);
	const goods = await goodsOf(c, order.line_items);
	for (const code of order.discount_codes ?? []) {
		await c.execute(`INSERT INTO Voucher (VoucherIdentifier, SourceId, VoucherCode,
			ContactId, Amount, CurrencyId, DeletionFlag, CreationDate, ModificationDate)
			VALUES (?, 1, ?, ?, ?, ?, 0, NOW(6), NOW(6))
			ON DUPLICATE KEY UPDATE Amount = VALUES(Amount)`,
		[`${order.id}/${code.code}`, code.code, contactId, code.amount, order.currency]);
	}
	const [header] = await c.execute(`INSERT INTO PurchaseHeader (PurchaseIdentifier, SourceId,
		DeletionFlag, PurchaseReference, ContactId, BrandId, ZoneId, Amount, CurrencyId,
		PurchaseDate, CreationDate, ModificationDate)
		VALUES (?, 1, 0, ?, ?, 1, 1, ?, ?, ?, NOW(6), NOW(6)) ON DUPLICATE KEY UPDATE
		PurchaseHeaderId = LAST_INSERT_ID(PurchaseHeaderId), Amount = VALUES(Amount)`,
	[String(order.id), order.name, contactId, order.total_price, order.currency,
		new Date(order.created_at)]);
	await c.query(`INSERT INTO PurchaseDetail (PurchaseHeaderId, Identifier, PurchaseGoodId, Sku,
		Label, SourceId, Quantity, Amount, DeletionFlag, CreationDate, ModificationDate)
		VALUES ? ON DUPLICATE KEY UPDATE Amount = VALUES(Amount),
		Quantity = VALUES(Quantity)`,
	[order.line_items.map((l, i) => [header.insertId, String(l.id), goods[i], l.sku, l.title, 1,
		l.quantity, l.price, 0, now, now])]);
	await c.execute('UPDATE peer_registry.api_message SET state = 3, settled_at = NOW(6) '
		+ 'WHERE id = ?', [message.id]);
	await c.query('COMMIT');
}

async function againOnDeadlock(c, run) {
	for (;;) {
		try {
			return await run();
		} catch (error) {
			await c.query('ROLLBACK');
			if (error.errno !== DEADLOCK) {
				throw error;
			}
		}
	}
}

async function lease(c) {
	await c.query('START TRANSACTION');
	const [rows] = await c.query(`SELECT id, body FROM peer_registry.api_message
		WHERE tenant_id = 1 AND state = 1 AND visible_at <= UTC_TIMESTAMP(6)
		ORDER BY visible_at, id LIMIT ${LEASE} FOR UPDATE SKIP LOCKED`);
	if (rows.length > 0) {
		await c.query('UPDATE peer_registry.api_message SET state = 2 WHERE id IN (?)',
			[rows.map((r) => r.id)]);
	}
	await c.query('COMMIT');
	return rows;
}

async function work() {
	const c = await pool.getConnection();
	for (;;) {
		const batch = await againOnDeadlock(c, () => lease(c));
		if (batch.length === 0) {
			break;
		}
		for (const message of batch) {
			await againOnDeadlock(c, () => writeOrder(c, message));
		}
	}
	c.release();
}

(async () => {
	const begin = process.hrtime.bigint();
	await Promise.all(Array.from({ length: connections }, work));
	console.log(Number(process.hrtime.bigint() - begin) / 1e9);
	process.exit(0);
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
