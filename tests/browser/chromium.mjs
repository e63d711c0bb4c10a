// The hand on Debian's Chromium for chromium.py: takes commands as JSON lines, answers each with one. A tab is a browser of its own
// (cookies, language, size); what goes wrong in it unasked (foreign requests, console errors, faults of the HTML as it came) is kept for 'faults'.
import { chromium } from "playwright-core";
import { HtmlValidate, StaticConfigLoader } from "html-validate";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const DEADLINE = 30000;
const WIDTHS = [360, 1280];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const validator = new HtmlValidate(new StaticConfigLoader({
    root: true,
    extends: ["html-validate:recommended"],
    rules: {
        "require-sri": "off", // for files from elsewhere; there are none
        // The standard's own defaults may be left out.
        "no-implicit-button-type": "off",
        "no-implicit-input-type": "off",
        "doctype-style": "off",
        "form-dup-name": "off", // buttons that differ by their value, and a box with a hidden field for 'not ticked'
        "meta-refresh": "off", // the waiting page without scripts; it says how to stop it
        "long-title": "off", // for search engines; ours carry what people type
        "no-inline-style": "error",
    },
}));
const tabs = new Map(), validated = new Set();
let browser, last = 0;

async function start() {
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
        chromiumSandbox: process.getuid() !== 0,
        args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    return browser.version();
}

const refused = /^Failed to load resource: the server responded with a status of 4\d\d/;
const refusedOrUnavailable = /^Failed to load resource: the server responded with a status of (4\d\d|503)/;

async function open({ base, others, language, width, height, scripts, dark, zone, headers, unavailable }) {
    const context = await browser.newContext({
        locale: language, viewport: { width, height }, javaScriptEnabled: scripts, colorScheme: dark ? "dark" : "light",
        timezoneId: zone, reducedMotion: "reduce", serviceWorkers: "block", permissions: ["clipboard-read", "clipboard-write"], extraHTTPHeaders: headers,
    });
    context.setDefaultTimeout(DEADLINE);
    const tab = { unavailable, context, page: await context.newPage(), base, others, scripts, dark, faults: [], documents: [], errorPages: new Set(), complaints: [] };
    tab.page.on("request", (request) => notice(tab, request));
    tab.page.on("response", (response) => keep(tab, response));
    tab.page.on("pageerror", (error) => tab.faults.push(`${tab.page.url()}: a script failed: ${error}`));
    tab.page.on("console", (message) => hear(tab, message));
    tabs.set(++last, tab);
    return last;
}

const origin = (url) => new URL(url).origin;
const isOther = (tab, url) => tab.others.some((other) => url.startsWith(other));

function notice(tab, request) {
    const url = request.url();
    if (/^(data|blob|about):/.test(url) || isOther(tab, url)) return;
    if (origin(url) !== origin(tab.base)) tab.faults.push(`${tab.page.url()} asks elsewhere: ${url}`);
}

function hear(tab, message) {
    const where = message.location().url || tab.page.url();
    if (isOther(tab, where) || isOther(tab, tab.page.url())) return;
    if (["error", "warning"].includes(message.type())) tab.complaints.push({ where, text: message.text() });
}

// Chromium complains of every page that is an error page on purpose; which those are may be heard a moment later, and the tab be elsewhere by then.
function weigh(tab) {
    for (const { where, text } of tab.complaints.splice(0)) {
        if (!((tab.unavailable ? refusedOrUnavailable : refused).test(text) && tab.errorPages.has(where))) tab.faults.push(`${where}: the console says: ${text}`);
    }
}

// The HTML as it came, to be judged when 'faults' is asked: a page that is left at once has no body any more.
function keep(tab, response) {
    if (response.status() >= 400 && response.request().isNavigationRequest()) tab.errorPages.add(response.url());
    const type = response.headers()["content-type"] || "";
    if (!type.startsWith("text/html") || response.status() >= 300 && response.status() < 400 || isOther(tab, response.url())) return;
    const left = new Promise((resolve) => setTimeout(resolve, DEADLINE, null).unref());
    tab.documents.push({ url: response.url(), body: Promise.race([response.text().catch(() => null), left]) });
}

// The validator takes <details> for sectioning content, which a <th> must not have; the standard (4.11.1) says flow content.
const isFault = (fault) => !(fault.ruleId === "element-permitted-content" && fault.message.startsWith("<details> element is not permitted as a descendant of <th>"));

async function validate(tab) {
    for (const { url, body } of tab.documents.splice(0)) {
        const text = await body;
        if (text === null || validated.has(text)) continue;
        validated.add(text);
        for (const result of (await validator.validateString(text)).results) {
            for (const fault of result.messages.filter(isFault)) {
                tab.faults.push(`${url}: line ${fault.line}: ${fault.message} [${fault.ruleId}] ${text.split("\n")[fault.line - 1].trim().slice(0, 200)}`);
            }
        }
    }
}

async function faults(tab) {
    await validate(tab);
    weigh(tab);
    return tab.faults.splice(0);
}

// Chain: [["getByRole", "button", {name: "Accept"}], ["click"]], each on the result of the one before, from the page on.
async function run(tab, chain) {
    let value = tab.page;
    for (const [name, ...given] of chain) value = await value[name](...given.map(revive));
    return plain(value);
}

// Does what leads to another page, and waits until that is there: a document without the mark, and all of it. (Chromium may change
// processes on the way, and then its 'load' can be missed.) Where none comes, says what was asked for since, and how the page stands.
async function leave(tab, deed) {
    const asked = [];
    const note = (request) => asked.push(request);
    tab.page.on("request", note);
    await tab.page.evaluate("window.isLeft = true");
    try {
        const value = await deed();
        await until(tab, "!window.isLeft && document.readyState === 'complete'", DEADLINE / 1000);
        return value;
    } catch (error) {
        throw new Error(`${error.message}\nAsked for since: ${asked.map(told).join(", ") || "nothing"}. ${await stands(tab)}`, { cause: error });
    } finally {
        tab.page.off("request", note);
    }
}

const told = (request) => `${request.method()} ${request.url()} (${request.failure()?.errorText ?? `answered after ${request.timing().responseStart} ms`})`;

const stands = (tab) => Promise.race([
    tab.page.evaluate(`\`The document is \${document.readyState}, \${innerWidth}x\${innerHeight}, scrolled \${scrollY} of \${document.documentElement.scrollHeight}; the focus is on \${
        document.activeElement.outerHTML.slice(0, 200)}\``).catch(String),
    new Promise((resolve) => setTimeout(resolve, 1000, "The page does not answer.")),
]);

const revive = (value) => (value && value.regexp !== undefined ? new RegExp(value.regexp, value.flags) : value);

function plain(value) {
    if (value && typeof value.status === "function") return { status: value.status(), url: value.url() };
    if (value === null || ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value)) return value;
    if (value && Object.getPrototypeOf(value) === Object.prototype) return value;
    return null;
}

// Waits for an expression to be true; waitForFunction would need eval, which the pages' policy forbids.
async function until(tab, expression, seconds) {
    const end = Date.now() + seconds * 1000;
    const late = new Promise((resolve) => setTimeout(resolve, seconds * 1000, null).unref());
    // A page that is being left has no answer; the next one may.
    const now = () => tab.page.evaluate(expression).catch((error) => {
        if (!/context was destroyed/.test(error.message)) throw error;
    });
    while (!(await Promise.race([now(), late]))) {
        if (Date.now() > end) throw new Error(`not within ${seconds} s: ${expression}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

async function runAxe(tab, options, prefix) {
    await tab.page.evaluate(`typeof axe === "object" || (function () {${axe}}).call(window), null`);
    const result = await tab.page.evaluate((given) => window.axe.run(document, given), options);
    return result.violations.flatMap((rule) => rule.nodes.map((node) =>
        `${tab.page.url()} ${prefix}: axe ${rule.id}: ${rule.help}: ${node.html.slice(0, 200)} (${node.any.concat(node.all, node.none).map((one) => one.message).join("; ").slice(0, 300)})`));
}

// What is wrong with the page as it is shown now: accessible in light and dark, no wider than the window, HTML as it should be.
// (axe takes scripts: of a tab without them the rest.)
async function judge(tab, given) {
    const light = given.light && tab.scripts, dark = given.dark && tab.scripts;
    const found = await faults(tab);
    const size = tab.page.viewportSize();
    if (light) {
        await tab.page.emulateMedia({ colorScheme: "light" });
        found.push(...await runAxe(tab, {}, "light"));
    }
    for (const width of WIDTHS) {
        await tab.page.setViewportSize({ width, height: 800 });
        const wide = await tab.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth,
            [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1).slice(0, 3).map((one) => one.outerHTML.slice(0, 120))]);
        if (wide[0] > wide[1]) found.push(`${tab.page.url()} is ${wide[0]} pixels wide at ${wide[1]}: ${wide[2].join(" ")}`);
        if (light && width === 360) found.push(...await runAxe(tab, { runOnly: ["target-size", "scrollable-region-focusable"] }, "360 pixels"));
    }
    if (dark) {
        await tab.page.emulateMedia({ colorScheme: "dark" });
        found.push(...await runAxe(tab, { runOnly: ["color-contrast", "link-in-text-block"] }, "dark"));
    }
    await tab.page.emulateMedia({ colorScheme: tab.dark ? "dark" : "light" });
    await tab.page.setViewportSize(size);
    return found;
}

const verbs = {
    start,
    open,
    run: ({ tab, chain }) => run(tabs.get(tab), chain),
    leave: ({ tab, chain }) => leave(tabs.get(tab), () => run(tabs.get(tab), chain)),
    judge: (given) => judge(tabs.get(given.tab), given),
    faults: ({ tab }) => faults(tabs.get(tab)),
    // An expression, with the page's own world as its scope; works without scripts too.
    look: ({ tab, expression }) => tabs.get(tab).page.evaluate(expression),
    until: ({ tab, expression, seconds }) => until(tabs.get(tab), expression, seconds),
    press: ({ tab, key }) => tabs.get(tab).page.keyboard.press(key),
    leavePress: ({ tab, key }) => leave(tabs.get(tab), () => tabs.get(tab).page.keyboard.press(key)),
    type: ({ tab, text }) => tabs.get(tab).page.keyboard.type(text),
    cookies: ({ tab }) => tabs.get(tab).context.cookies(),
    close: async ({ tab }) => { await tabs.get(tab).context.close(); tabs.delete(tab); return null; },
};

const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
    const { id, verb, ...given } = JSON.parse(line);
    let answer;
    try {
        answer = { id, value: (await verbs[verb](given)) ?? null };
    } catch (error) {
        answer = { id, error: String(error.message || error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}
await browser?.close();
