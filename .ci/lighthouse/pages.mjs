// Signs in and has Lighthouse look at pages as on a desktop. Less than 100 for
// accessibility or best practices fails; performance is only told, since it depends
// on what else the machine does.
import lighthouse, { desktopConfig } from "lighthouse";
import puppeteer from "puppeteer-core";

const { URL: site, KEY, EMAIL, MAUVE_PASSWORD, CHROME } = process.env;
const told = "performance";
const strict = ["accessibility", "best-practices"];

const browser = await puppeteer.launch({ executablePath: CHROME, args: ["--no-sandbox"] });
let failed = false;
try {
	await look("sign-in", "/sign-in");
	await signIn();
	await look("inbox", "/inbox");
	await look("conversation", `/inbox/${await first("conversations")}`);
	await look("tickets", "/tickets");
	await look("ticket", `/tickets/${await first("tickets")}`);
} finally {
	await browser.close();
}
process.exitCode = failed ? 1 : 0;

async function signIn() {
	const page = await browser.newPage();
	await page.goto(`${site}/sign-in`);
	await page.type("input[name=email]", EMAIL);
	await page.type("input[name=password]", MAUVE_PASSWORD);
	await Promise.all([page.waitForNavigation(), page.click("form[action='/sign-in'] button.primary")]);
	await page.close();
}

// first is the id of the first row of a list, as the pages spell it: without its kind.
async function first(list) {
	const answer = await fetch(`${site}/api/v2/public/${list}?perPage=1`, { headers: { Authorization: `Bearer ${KEY}` } });
	return (await answer.json()).data[0].id.replace(/^[a-z]+_/, "");
}

async function look(name, path) {
	const page = await browser.newPage();
	const { lhr } = await lighthouse(site + path, { onlyCategories: [told, ...strict], logLevel: "error" }, desktopConfig, page);
	await page.close();
	if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
	if (lhr.finalDisplayedUrl !== site + path) throw new Error(`${name} led to ${lhr.finalDisplayedUrl}`);
	const score = (category) => Math.round(lhr.categories[category].score * 100);
	console.log(name.padEnd(14), [told, ...strict].map((category) => `${category} ${score(category)}`).join(", "));
	for (const category of strict.filter((category) => score(category) < 100)) {
		failed = true;
		lhr.categories[category].auditRefs.filter(({ weight }) => weight > 0).forEach(({ id }) => explain(lhr.audits[id]));
	}
}

// explain prints what costs points.
function explain({ title, score, details }) {
	if (score === null || score === 1) return;
	console.log(`  ${title}`);
	for (const item of details?.items ?? []) console.log(`    ${item.node?.snippet ?? JSON.stringify(item)}`);
}
