// Goes through the help pages in a browser as people do. Usage: pages.mjs URL PASSWORD PAYLOAD-WORD FOLDER: the demo tenant's user is "demo", screenshots go to the folder.
// Prints a JSON array of {"ok": …, "name": …, "more": …}.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, password, secretWord, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const results = [];
const ok = (good, name, more = '') => { results.push({ ok: Boolean(good), name, more: good ? '' : String(more).slice(0, 2000) }); return good; };

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// A browser window; what its console says and where it goes is watched.
const open = async (name, options) => {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const said = [], elsewhere = [];
	page.on('console', (m) => { if (m.type() !== 'log') said.push(`${m.type()}: ${m.text()} (${page.url()})`); });
	page.on('pageerror', (e) => said.push(`${e} (${page.url()})`));
	page.on('request', (r) => { if (!r.url().startsWith(`${url}/`)) elsewhere.push(r.url()); });
	const close = async () => {
		ok(said.length === 0, `${name}: nothing in the console`, said.join('\n'));
		ok(elsewhere.length === 0, `${name}: nothing from elsewhere`, elsewhere.join('\n'));
		await context.close();
	};
	return { page, close, shot: (file) => page.screenshot({ path: join(folder, `${file}.png`), fullPage: true }) };
};

const accessible = async (page, name) => {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
	ok(found.violations.length === 0 && found.passes.length > 5, `${name}: axe-core finds nothing`,
		found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' ')}`).join('\n'));
};
const fits = async (page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
const links = async (page, start) => page.$$eval('main a[href]', (all, from) => [...new Set(all.map((a) => a.getAttribute('href')))].filter((h) => h.startsWith(from)), start);

const light = { viewport: { width: 1200, height: 900 }, colorScheme: 'light' };
const dark = { ...light, colorScheme: 'dark' };
const phone = { viewport: { width: 390, height: 800 }, colorScheme: 'light', isMobile: true, hasTouch: true };
const queue = '/HelpWebapi/Api/POST-ProcessManagement-Connector-Standard-QueueProcess-CustomerName-DatabaseAlias-ExternalPlatform-ExternalEntity-ExternalAction';
const daily = '/HelpWebapi/Api/POST-ProcessManagement-ComputeRefAmounts-Daily';

// ---------------------------------------------------------------- every page, by day, by night, on a phone
let pages = [];
for (const [name, options] of [['light', light], ['dark', dark], ['phone', phone]]) {
	const { page, close, shot } = await open(name, options);
	await page.goto(`${url}/HelpWebapi`);
	await accessible(page, `${name}: index`);
	await shot(`index-${name}`);
	pages = await links(page, '/HelpWebapi/Api/');
	ok(pages.length >= 50, `${name}: the index has its pages`, pages.length);
	for (const path of name === 'light' ? pages : [queue, daily]) {
		const reply = await page.goto(url + path);
		if (!ok(reply.status() === 200, `${name}: ${path} opens`, reply.status())) continue;
		await accessible(page, `${name}: ${path}`);
		ok(await fits(page), `${name}: ${path} is not wider than the window`);
	}
	await page.goto(url + queue);
	await shot(`queueprocess-${name}`);
	await page.goto(url + daily);
	await shot(`schedule-${name}`);
	await page.goto(`${url}/HelpOdata`);
	await accessible(page, `${name}: data model`);
	for (const path of (await links(page, '/HelpOdata/Api/')).slice(0, name === 'light' ? 100 : 2)) {
		await page.goto(url + path);
		await accessible(page, `${name}: ${path}`);
		ok(await fits(page), `${name}: ${path} is not wider than the window`);
	}
	await page.goto(`${url}/HelpOdata/Api/Customer_Contact`);
	await shot(`contact-${name}`);
	await close();
}

// ---------------------------------------------------------------- on paper
{
	const { page, close } = await open('print', light);
	await page.goto(url + queue);
	await page.emulateMedia({ media: 'print' });
	ok(!(await page.locator('header nav').isVisible()), 'print: no navigation');
	ok(await page.locator('#request').isVisible(), 'print: but the content');
	await page.pdf({ path: join(folder, 'queueprocess.pdf') });
	await close();
}

// ---------------------------------------------------------------- clicking through, without scripts
{
	const { page, close, shot } = await open('sign-in', { ...light, javaScriptEnabled: false });
	await page.goto(`${url}/HelpWebapi`);
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	ok(page.url().endsWith('#main'), 'the first key press leads to the content', page.url());
	await page.locator('nav.toc').getByRole('link', { name: 'Webhook' }).click();
	ok(page.url().endsWith('#Webhook'), 'from the list of controllers', page.url());
	await page.locator(`a[href^="${queue}"]`).click();
	ok((await page.title()).includes('QueueProcess'), 'to a page', await page.title());
	await page.locator('main').getByRole('link', { name: 'Sign in' }).click();
	await shot('sign-in');
	await page.getByLabel('Customer').fill('Demo');
	await page.getByLabel('Database alias').fill('Main');
	await page.getByLabel('Login').fill('demo');
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	ok(page.url().includes(queue), 'signing in leads back', page.url());
	ok(await page.getByRole('heading', { name: 'Demo/Main at the moment' }).isVisible(), 'to what the tenant last received');
	ok(!(await page.content()).includes(secretWord), 'without personal data');
	await page.getByLabel('ExternalEntity').fill('Customer');
	await page.getByLabel('Body').fill('{"id": 77, "email": "grace@demo.example", "first_name": "Grace", "updated_at": "2026-11-24T09:00:00Z"}');
	await page.getByRole('button', { name: 'Send' }).click();
	ok(/HTTP\/1\.1 202 Accepted[^]*"Receipt":"[0-9a-f]{32}"/.test(await page.locator('pre.came').textContent()), 'trying shows the reply');
	await shot('tried-light');
	// Every form of every page; what deletes comes last.
	const sorted = [...pages.filter((p) => !p.includes('/DELETE-')), ...pages.filter((p) => p.includes('/DELETE-'))];
	for (const path of sorted) {
		await page.goto(url + path);
		await page.getByRole('button', { name: 'Send' }).click();
		const came = (await page.locator('pre.came').textContent()).split('\n')[0];
		const built = !(await page.locator('th[scope=row]', { hasText: /^501$/ }).count()) || path.includes('-Schedules-');
		ok(built ? / 2\d\d /.test(came) : / 501 /.test(came), `trying ${path}`, came);
	}
	await page.getByRole('button', { name: 'Sign out' }).click();
	ok(await page.getByRole('link', { name: 'Sign in' }).isVisible(), 'signed out');
	await close();
}

// ---------------------------------------------------------------- signed in: looks and access
for (const [name, options] of [['signed in, light', light], ['signed in, dark', dark], ['signed in, phone', phone]]) {
	const { page, close, shot } = await open(name, options);
	await page.goto(`${url}/HelpWebapi/SignIn?next=${daily.slice('/HelpWebapi/Api/'.length)}`);
	await accessible(page, `${name}: the form`);
	for (const [label, value] of [['Customer', 'Demo'], ['Database alias', 'Main'], ['Login', 'demo'], ['Password', password]]) await page.getByLabel(label).fill(value);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await accessible(page, `${name}: runs`);
	await page.goto(url + queue);
	await accessible(page, `${name}: deliveries`);
	ok(await fits(page), `${name}: deliveries are not wider than the window`);
	await shot(`live-${name.split(' ').pop()}`);
	await page.getByRole('button', { name: 'Send' }).click();
	await accessible(page, `${name}: tried`);
	ok(await fits(page), `${name}: tried is not wider than the window`);
	await close();
}

await browser.close();
console.log(JSON.stringify(results));
