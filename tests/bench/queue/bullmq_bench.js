// BullMQ's side of tests/bench/queue.py: the same jobs as queue_bench.cpp has, with the library's defaults. As ours does,
// it keeps a job that has ended to be looked up, and hands out leases (locks) that it renews.
//   bullmq_bench.js fill SOCKET JOBS
//   bullmq_bench.js work SOCKET JOBS CONCURRENCY WORK_MS   prints jobs per second; each job takes 0 to WORK_MS
//   bullmq_bench.js pickup SOCKET JOBS             prints microseconds from the call that puts a job in to its start
import { Queue, Worker } from "bullmq";

const [command, socket, jobsText, concurrencyText, workText] = process.argv.slice(2);
const jobs = Number(jobsText);
const connection = { path: socket };
const name = "bench";
const microseconds = () => performance.now() * 1000;

async function fill() {
  const queue = new Queue(name, { connection });
  const atOnce = 1000;
  for (let first = 0; first < jobs; first += atOnce) {
    const size = Math.min(atOnce, jobs - first);
    await queue.addBulk(Array.from({ length: size }, (_, i) => ({ name: "job", data: { n: 1 }, opts: { jobId: `job-${first + i}` } })));
  }
  await queue.close();
}

async function work() {
  let completed = 0;
  const longest = Number(workText);
  const job = longest === 0 ? async () => {} : () => new Promise((done) => setTimeout(done, Math.random() * longest));
  const begun = microseconds();
  await new Promise((resolve) => {
    const worker = new Worker(name, job, { connection, concurrency: Number(concurrencyText) });
    worker.on("completed", () => {
      if (++completed < jobs) return;
      console.log(((jobs / (microseconds() - begun)) * 1e6).toFixed(0));
      resolve(worker.close());
    });
  });
}

async function pickup() {
  let started;
  let completed;
  const queue = new Queue(name, { connection });
  const worker = new Worker(name, async () => { started = microseconds(); }, { connection });
  worker.on("completed", () => completed());
  await worker.waitUntilReady();
  for (let i = 0; i < jobs; ++i) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const ended = new Promise((resolve) => { completed = resolve; });
    const begun = microseconds();
    await queue.add("job", { n: 1 }, { jobId: `pickup-${i}` });
    await ended;
    console.log((started - begun).toFixed(1));
  }
  await worker.close();
  await queue.close();
}

await { fill, work, pickup }[command]();
