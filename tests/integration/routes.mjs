// Walks every registered route as people who may not, or may only partly, use it, and compares each
// answer with what the route declares (x-platen-access, -function and -region of openapi.json).
// Usage: node routes.mjs URL PLAN.json ; routes.sh makes the plan.
import { readFileSync } from "node:fs";
import https from "node:https";

const [base, file] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(file, "utf8"));
const url = new URL(base);
const ca = readFileSync(plan.ca);
const agents = new Map();
let failures = 0;
let asked = 0;

function agentFor(address) {
    if (!agents.has(address)) {
        agents.set(address, new https.Agent({ keepAlive: true, maxSockets: 1, localAddress: address }));
    }
    return agents.get(address);
}

// Status, headers and as much of the body as comes within the time: streams do not end.
function ask(method, path, headers, address = "127.0.0.1") {
    asked++;
    return new Promise((resolve, reject) => {
        const request = https.request(
            { host: url.hostname, port: url.port, ca, method, path, headers, agent: agentFor(address) },
            (answer) => {
                let body = "";
                const done = () => resolve({ status: answer.statusCode, headers: answer.headers, body });
                const stop = setTimeout(() => { done(); request.destroy(); }, path.endsWith("/events") ? 300 : 20000);
                answer.on("data", (piece) => { body += piece; });
                answer.on("end", () => { clearTimeout(stop); done(); });
                answer.on("error", () => { clearTimeout(stop); done(); });
            });
        request.setTimeout(30000, () => request.destroy(new Error("no answer")));
        request.on("error", (error) => reject(new Error(`${method} ${path}: ${error.message}`)));
        request.end();
    });
}

function complain(route, who, what) {
    failures++;
    console.error(`${route.method} ${route.path} as ${who}: ${what}`);
}

// What the declaration promises to `who`: "in", 401, 403 or 404.
function promised(route, who) {
    const { access, func, region } = route;
    if (access === "public") return "in";
    if (who.role === null) return 401;
    if (access === "agent") return 403;
    const enough = who.role === "user" ? access === "user"
        : access !== "system-manager" && (func === undefined || who.functions.includes(func));
    if (!enough) return 403;
    if (who.regions && region === "all") return 403;
    if (who.regions && region === "device") return 404;
    return "in";
}

function judge(route, who, answer) {
    const wanted = promised(route, who);
    const code = () => { try { return JSON.parse(answer.body).code; } catch { return "no problem body"; } };
    if (answer.status >= 500) {
        complain(route, who.name, `${answer.status} ${answer.body.slice(0, 200)}`);
    } else if (wanted === "in") {
        const regional = who.regions && route.region === "own" && answer.status === 403;
        if ((answer.status === 401 || answer.status === 403) && route.access !== "public" && !regional &&
            !(plan.persons.includes(route.path) && code() === "forbidden")) {
            complain(route, who.name, `${answer.status} ${code()}, though it is declared for them`);
        }
        if (route.access === "public" && answer.status === 403 && code() === "forbidden") {
            complain(route, who.name, "403 for a public route");
        }
    } else if (answer.status !== wanted) {
        complain(route, who.name, `${answer.status}, not ${wanted}`);
    } else if (!String(answer.headers["content-type"]).startsWith("application/problem+json")) {
        complain(route, who.name, `${answer.status} is no problem answer`);
    }
    for (const secret of who.regions ? plan.secrets : []) {
        if (answer.body.includes(secret)) {
            complain(route, who.name, `the answer shows '${secret}' of another region`);
        }
    }
}

async function routes() {
    const answer = await ask("GET", "/openapi.json", { Authorization: `Bearer ${plan.system}` });
    const document = JSON.parse(answer.body);
    const all = [];
    for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, route] of Object.entries(methods)) {
            all.push({
                method: method.toUpperCase(), path, access: route["x-platen-access"],
                func: route["x-platen-function"], region: route["x-platen-region"],
            });
        }
    }
    return all;
}

// A device that there is; of all else something that there is not, so that nothing happens.
function fill(route) {
    const first = route.region === "device" ? plan.device : "999999";
    const path = route.path.replace("{id}", first).replace(/\{[^}]+\}/g, "999999");
    return ["/healthz", "/metrics", "/openapi.json"].includes(path) ? path : `/api/v1${path}`;
}

const all = await routes();
const identities = [
    { name: "nobody", role: null },
    { name: "a user", role: "user", functions: [], token: plan.user },
    { name: "a device manager without functions", role: "device-manager", functions: [], token: plan.bare },
    { name: "a device manager of another region", role: "device-manager", functions: plan.functions, regions: true,
      token: plan.other },
    { name: "an expired token", role: null, token: plan.expired, spread: true },
];
const statuses = new Map();
let number = 0;
for (const route of all) {
    if (!["public", "user", "device-manager", "system-manager", "agent"].includes(route.access) ||
        !["none", "all", "device", "list", "own"].includes(route.region)) {
        complain(route, "the declaration", `access '${route.access}', region '${route.region}'`);
        continue;
    }
    for (const who of identities) {
        const headers = who.token ? { Authorization: `Bearer ${who.token}` } : {};
        // Wrong tokens are slowed down by address: from several.
        const address = who.spread ? `127.0.0.${10 + Math.floor(number++ / 20)}` : "127.0.0.1";
        const answer = await ask(route.method, fill(route), headers, address);
        judge(route, who, answer);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
    // A cookie alone changes nothing, whoever's it is.
    if (route.method !== "GET" && route.access !== "public" && route.access !== "agent") {
        const answer = await ask(route.method, fill(route), { Cookie: `platen_session=${plan.cookie}` });
        if (answer.status !== 403) complain(route, "a session without the CSRF token", `${answer.status}, not 403`);
    }
    // Who may everything is stopped by nothing but the input.
    if (route.method === "GET" && route.access !== "agent") {
        const answer = await ask("GET", fill(route), { Authorization: `Bearer ${plan.system}` });
        if (answer.status >= 401 && answer.status !== 404 && answer.status !== 422) {
            complain(route, "a system manager", `${answer.status} ${answer.body.slice(0, 200)}`);
        }
    }
}
const known = new Set(all.map((route) => `${route.method} ${route.path}`));
for (const route of plan.declared.filter((each) => !known.has(each))) {
    failures++;
    console.error(`${route} stands in the source and is not registered`);
}
for (const agent of agents.values()) agent.destroy();
console.log(`${all.length} of ${all.length} routes (100 %) as ${identities.length} identities: ` +
    `${all.length * identities.length} answers judged, ${asked} requests; by status: ` +
    [...statuses.entries()].sort((a, b) => a[0] - b[0]).map(([s, n]) => `${s}: ${n}`).join(", "));
process.exit(failures === 0 ? 0 : 1);
