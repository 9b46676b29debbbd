// `rehearse serve` with a scenario of a test's own, and its verdict at the end.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.REHEARSE;
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
process.once("SIGTERM", () => process.exit(143));

/** Runs `use` with the addresses of the fakes ({llm, github, redis}, each "host:port"); gives serve's exit code and last words. */
export async function served(scenario, use) {
  const folder = await mkdtemp(join(tmpdir(), "rehearse-clients-"));
  const file = join(folder, "clients.json");
  await writeFile(file, JSON.stringify({ title: "clients", why: "A test.", ...scenario }));
  const any = "127.0.0.1:0";
  const child = spawn(program, ["serve", file, "--llm", any, "--github", any, "--redis", any]);
  running.add(child);
  let said = "";
  const ready = new Promise((resolve, reject) => {
    child.stdout.on("data", (bytes) => {
      said += bytes;
      if (said.includes("\nready\n")) resolve();
    });
    child.stderr.on("data", (bytes) => (said += bytes));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
  const ended = new Promise((resolve) => ["exit", "error"].forEach((end) => child.on(end, resolve)));
  try {
    await ready;
    const lines = said.split("\n").map((line) => line.split(" "));
    await use(Object.fromEntries(lines.filter(([, address]) => address)));
  } finally {
    child.kill("SIGTERM");
    await ended;
    running.delete(child);
    await rm(folder, { recursive: true });
  }
  return { code: await ended, verdict: said.slice(said.indexOf("verdict:")) };
}

/** The host and port of "host:port". */
export function parts(address) {
  const [host, port] = address.split(":");
  return { host, port: Number(port) };
}
