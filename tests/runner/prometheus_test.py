#!/usr/bin/env python3
"""A real Prometheus scrapes two runners that services limit: it understands what it reads, has the alerts, and one of them fires.

usage: prometheus_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import re
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from served import LONGEST, closed_port, serving
from prometheus import ROOT, program, promtool

JOBS, REFUSALS = 6, 14
MODEL_REFUSES = [{"on": "chat", "calls": f"1-{REFUSALS}", "do": {"status": 429, "retry_after": {"ms": "200ms"}}}]
GITHUB_LIMITS = [{"on": "comments.create", "do": {"rate_limit": {"limit": 2, "per": "2s", "kind": "secondary"}}}]
LIMITED = "RunnerRateLimited"
CONFIGURATION = """
global: {scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}
rule_files: [alerts.yml]
scrape_configs:
"""


class Prometheus:
    """One of the test's own, with its data in `folder`, that watches these runners: the addresses of each scrape job."""

    def __init__(self, folder, runners):
        self.folder = folder
        jobs = "".join(f'  - {{job_name: {job}, static_configs: [{{targets: ["{host}:{port}"]}}]}}\n' for job, (host, port) in runners.items())
        (folder / "prometheus.yml").write_text(CONFIGURATION + jobs)
        rules = (ROOT / "packaging/alerts.yml").read_text()
        alert = re.search(rf"(?s)- alert: {LIMITED}\n.*?(?=- alert: )", rules)[0]
        sooner = alert.replace("[15m]", "[1m]").replace("for: 10m", "for: 1s")
        assert sooner.count("[1m]") == 3 and "for: 1s" in sooner, "the alert is another one than this test knows"
        (folder / "alerts.yml").write_text(rules.replace(alert, sooner))

    def __enter__(self):
        for _ in range(3):
            self.start()
            try:
                self.until(lambda: len(self.values("up == 1")) == 2, "it scrapes the runners")
                return self
            except BaseException:
                self.__exit__()
                # Somebody may have taken the port meanwhile.
                if "address already in use" not in (self.folder / "prometheus.log").read_text():
                    raise
        raise AssertionError("there is no port for it")

    def start(self):
        self.address = f"127.0.0.1:{closed_port()}"
        with open(self.folder / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                [program("prometheus"), f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address={self.address}", "--log.level=warn"], stdout=log, stderr=log)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(LONGEST)
        finally:
            self.process.kill()
            self.process.wait()

    def until(self, what, why):
        end = time.monotonic() + LONGEST
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if what():
                    return
            except urllib.error.URLError:  # It begins, and answers later.
                pass
            time.sleep(0.1)
        raise AssertionError(f"{why}: it does not come true; Prometheus ({self.process.poll()}) said: "
                             + (self.folder / "prometheus.log").read_text())

    def get(self, path, **parameters):
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}",
                                    timeout=LONGEST) as answer:
            return json.loads(answer.read())["data"]

    def values(self, query):
        return [float(each["value"][1]) for each in self.get("query", query=query)["result"]]

    def has(self, query):
        return self.values(query) != []


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        limited, fleet = (cls.enterClassContext(serving(**rules)) for rules in ({"llm": MODEL_REFUSES}, {"github": GITHUB_LIMITS}))
        cls.limited = cls.enterClassContext(limited.working("--set", "jobs.retry.initial_delay=100ms"))
        cls.fleet = cls.enterClassContext(fleet.working("--set", "profile=fleet", "--set", "jobs.concurrency=3"))
        cls.prometheus = cls.enterClassContext(
            Prometheus(limited.folder, {"limited": cls.limited.address(), "fleet": cls.fleet.address()}))
        # What Prometheus has not seen at 0 has not increased.
        job = {"repo": "octo/hello", "issue": 1, "installation": 1, "prompt": "Say hello"}
        lines = "".join(json.dumps(job | {"id": f"job-{n}"}) + "\n" for n in range(JOBS))
        for served in (limited, fleet):
            done = served.run("enqueue", "-", stdin=lines)
            assert done.returncode == 0, done.stderr
        for worker in (cls.limited, cls.fleet):
            worker.until(lambda: f'runner_jobs_total{{result="completed"}} {JOBS}\n' in worker.get("/metrics")[2])

    def becomes(self, query):
        self.prometheus.until(lambda: self.prometheus.has(query), query)

    def test_it_has_what_the_runner_counts(self):
        for query in ('count(runner_build_info == 1) == 2', "min(runner_queue_up) == 1",
                      f'runner_attempts_total{{api="llm.chat", job="limited", result="rate_limited"}} == {REFUSALS}',
                      f'runner_retries_total{{api="llm.chat", job="limited", source="retry_after"}} > {REFUSALS / 2}',
                      'rate(runner_attempt_wait_seconds_sum{api="llm.chat", source="retry_after"}[1m]) > 0',
                      'histogram_quantile(0.5, runner_attempt_duration_seconds_bucket{api="llm.chat", job="limited"}) > 0',
                      f'sum(runner_jobs_total{{result="completed"}}) == {2 * JOBS}',
                      f'runner_job_duration_seconds_count{{job="fleet", result="completed"}} == {JOBS}',
                      f'runner_job_wait_seconds_count{{job="fleet"}} == {JOBS}',
                      'runner_limits_learnt{api="github.comments.create", credential="installation", job="fleet"} == 1',
                      'runner_limit_calls_per_second{api="github.comments.create", credential="installation"} > 0',
                      'min(runner_circuits{job="fleet", state="closed"}) == 1', "sum(runner_circuit_openings_total) == 0",
                      'runner_limit_held_seconds{credential="llm"} == 0', 'max(runner_queue_jobs{state="dead"}) == 0'):
            with self.subTest(query):
                self.becomes(query)
        names = {each["__name__"] for each in self.prometheus.get("series", **{"match[]": '{job="fleet"}'})}
        documented = set(re.findall(r"(?m)^\| `(\w+)` \|", (ROOT / "docs/metrics.md").read_text()))
        strangers = {name for name in names if re.sub("_(bucket|sum|count)$", "", name) not in documented and name.startswith("runner_")}
        self.assertEqual(strangers, set())

    def test_it_has_the_alerts_and_the_one_of_repeated_limits_fires(self):
        self.becomes(f'ALERTS{{alertname="{LIMITED}", api="llm.chat", alertstate="firing", severity="warning"}}')
        (group,) = self.prometheus.get("rules")["groups"]
        self.assertEqual([rule["name"] for rule in group["rules"]],
                         re.findall(r"- alert: (\w+)", (ROOT / "packaging/alerts.yml").read_text()))
        for rule in group["rules"]:
            self.assertEqual((rule["health"], rule.get("lastError")), ("ok", None), rule["name"])
        (fired,) = [rule["alerts"][0] for rule in group["rules"] if rule["name"] == LIMITED]
        self.assertEqual(fired["labels"]["job"], "limited")
        self.assertRegex(fired["annotations"]["description"], r"^[0-9.]+% of the attempts of llm.chat are refused by a rate limit\.$")
        firing = {rule["name"] for rule in group["rules"] if rule["state"] == "firing"}
        self.assertEqual(firing, {LIMITED})

    def test_its_own_linter_has_nothing_to_say(self):
        for worker in (self.limited, self.fleet):
            self.assertEqual(promtool("check", "metrics", text=worker.get("/metrics")[2]), (0, ""))


if __name__ == "__main__":
    unittest.main()
