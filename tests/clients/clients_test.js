// Clients of others against the fakes on sockets: they work, they meet what the scenario says, and the verdict knows how
// they took it.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { createAppAuth } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { Queue, QueueEvents, Worker } from "bullmq";
import Redis from "ioredis";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { parts, served } from "./served.js";

const question = { model: "glm-4.6", messages: [{ role: "user", content: "hi" }] };
const bounded = { timeout: 60_000 };
const limited = (calls, ms) => ({ on: "chat", calls, do: { status: 429, retry_after: { ms } } });

/** An App's Octokit with the plug-ins that its documentation advises; `seen` are the waits that throttling asks about. */
function app(github, seen = []) {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const again = (seconds) => seen.push(seconds) > 0;
  return new (Octokit.plugin(retry, throttling))({
    baseUrl: `http://${github}`,
    authStrategy: createAppAuth,
    auth: { appId: 12345, privateKey, installationId: 1 },
    throttle: { onRateLimit: again, onSecondaryRateLimit: again },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
}
const issue = { owner: "octo", repo: "hello", issue_number: 7 };

test("ollama chats and streams", bounded, async () => {
  const { code } = await served({}, async ({ llm }) => {
    const ollama = new Ollama({ host: `http://${llm}` });
    const whole = await ollama.chat(question);
    let streamed = "";
    for await (const part of await ollama.chat({ ...question, stream: true })) streamed += part.message.content;
    assert.ok(whole.message.content.length > 0);
    assert.equal(streamed, whole.message.content);
  });
  assert.equal(code, 0);
});

test("ollama tells of a rate limit and retries nothing", bounded, async () => {
  const { code } = await served({ llm: [limited("1", "10s")] }, async ({ llm }) => {
    await assert.rejects(new Ollama({ host: `http://${llm}` }).chat(question), { status_code: 429 });
  });
  assert.equal(code, 0);
});

test("openai chats, streams and waits as it is told", bounded, async () => {
  const { code, verdict } = await served({ llm: [limited([1, 3], "700ms")] }, async ({ llm }) => {
    const openai = new OpenAI({ apiKey: "any", baseURL: `http://${llm}/v1`, maxRetries: 2 });
    const begun = Date.now();
    const whole = await openai.chat.completions.create(question);
    assert.ok(Date.now() - begun >= 700);
    let streamed = "";
    for await (const part of await openai.chat.completions.create({ ...question, stream: true })) {
      streamed += part.choices[0]?.delta?.content ?? "";
    }
    assert.equal(streamed, whole.choices[0].message.content);
  });
  assert.equal(code, 0, verdict);
});

test("openai gives up where it is to", bounded, async () => {
  const { code, verdict } = await served({ llm: [{ on: "chat", do: { status: 400 } }] }, async ({ llm }) => {
    const openai = new OpenAI({ apiKey: "any", baseURL: `http://${llm}/v1` });
    await assert.rejects(openai.chat.completions.create(question), { status: 400 });
  });
  assert.equal(code, 0, verdict);
});

test("octokit is let in as an App, comments and reads its comments", bounded, async () => {
  const { code, verdict } = await served({}, async ({ github }) => {
    const octokit = app(github);
    const created = await octokit.rest.issues.createComment({ ...issue, body: "hi" });
    const listed = await octokit.paginate(octokit.rest.issues.listComments, issue);
    assert.equal(created.status, 201);
    assert.deepEqual(listed.map((comment) => comment.body), ["hi"]);
    await assert.rejects(octokit.request("GET /nowhere"), { status: 404 });
  });
  assert.equal(code, 0, verdict);
});

test("octokit's throttling waits for a secondary rate limit", bounded, async () => {
  const rule = { on: "comments.create", do: { rate_limit: { limit: 1, per: "4s", kind: "secondary" } } };
  const seen = [];
  const { code, verdict } = await served({ github: [rule] }, async ({ github }) => {
    const octokit = app(github, seen);
    for (const body of ["one", "two"]) await octokit.rest.issues.createComment({ ...issue, body });
    const listed = await octokit.paginate(octokit.rest.issues.listComments, issue);
    assert.deepEqual(listed.map((comment) => comment.body), ["one", "two"]);
  });
  assert.equal(seen.length, 1);
  assert.equal(code, 0, verdict);
});

test("octokit's retry makes a comment twice whose first answer was lost, and the verdict says so", bounded, async () => {
  const rule = { on: "comments.create", calls: "1", do: { status: 502 } };
  const lost = { on: "comments.create", calls: "2", do: { reset: "after" } };
  const { code, verdict } = await served({ github: [rule, lost] }, async ({ github }) => {
    const octokit = app(github);
    const body = "<!-- marker:1 --> hi";
    await octokit.rest.issues.createComment({ ...issue, body }).catch(() => {});
    const listed = await octokit.paginate(octokit.rest.issues.listComments, issue);
    if (listed.length === 1) await octokit.rest.issues.createComment({ ...issue, body });
  });
  assert.equal(code, 1, verdict);
  assert.match(verdict, /duplicate_effect/);
});

test("ioredis pipelines, runs scripts, blocks, subscribes, and is back after a restart", bounded, async () => {
  const world = [{ at: "3s", restart: "redis" }];
  await served({ world }, async ({ redis }) => {
    const client = new Redis(parts(redis));
    const closed = new Promise((resolve) => client.once("close", resolve));
    const other = client.duplicate();
    client.defineCommand("addTo", { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
    assert.equal(await client.addTo("n", 5), 5);
    assert.deepEqual(await client.pipeline().incr("n").get("n").exec(), [[null, 6], [null, "6"]]);
    assert.deepEqual(await client.multi().set("a", "b").get("a").exec(), [[null, "OK"], [null, "b"]]);
    const popped = other.blpop("list", 5);
    await client.rpush("list", "x");
    assert.deepEqual(await popped, ["list", "x"]);
    const heard = new Promise((resolve) => other.on("message", (_, message) => resolve(message)));
    await other.subscribe("news");
    await client.publish("news", "hello");
    assert.equal(await heard, "hello");
    await closed;
    assert.equal(await client.get("n"), "6");
    client.disconnect();
    other.disconnect();
  });
});

test("bullmq runs jobs, delays them, and retries those that fail", bounded, async () => {
  await served({}, async ({ redis }) => {
    const connection = { ...parts(redis), maxRetriesPerRequest: null };
    const queue = new Queue("work", { connection });
    const events = new QueueEvents("work", { connection });
    await events.waitUntilReady();
    const tries = new Map();
    const run = async ({ id, data }) => {
      tries.set(id, (tries.get(id) ?? 0) + 1);
      if (data.fails >= tries.get(id)) throw new Error("not yet");
      return data.n;
    };
    const worker = new Worker("work", run, { connection, concurrency: 50 });
    const again = { attempts: 3, backoff: { type: "fixed", delay: 50 } };
    const jobs = await queue.addBulk([
      ...Array.from({ length: 100 }, (_, n) => ({ name: "plain", data: { n } })),
      { name: "late", data: { n: 100 }, opts: { delay: 200 } },
      { name: "second try", data: { n: 101, fails: 1 }, opts: again },
      { name: "in vain", data: { n: 102, fails: 3 }, opts: again },
    ]);
    const ends = await Promise.allSettled(jobs.map((job) => job.waitUntilFinished(events, 20_000)));
    assert.deepEqual(ends.slice(0, 102).map((end) => end.value), Array.from({ length: 102 }, (_, n) => n));
    assert.equal(ends[102].reason.message, "not yet");
    assert.equal(tries.get(jobs[101].id), 2);
    assert.equal(tries.get(jobs[102].id), 3);
    const counts = await queue.getJobCounts("completed", "failed", "active", "delayed");
    assert.deepEqual(counts, { completed: 102, failed: 1, active: 0, delayed: 0 });
    await Promise.all([worker.close(), events.close()]);
    await queue.close();
  });
});
