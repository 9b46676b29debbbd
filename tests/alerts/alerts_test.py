#!/usr/bin/env python3
"""The alerts of packaging/alerts.yml: each fires when it should and only then, has all that a reader needs, and is in docs/metrics.md.

usage: alerts_test.py [unittest's own arguments]

alerts_when.yml says when each fires. Here each rule is altered in every way that could be a mistake - it always fires, it never
does, a limit or a time is another one -, and each time a test of promtool must fail.
"""

import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from prometheus import promtool  # noqa: E402

RULES, WHEN, PAGE = ROOT / "packaging/alerts.yml", ROOT / "tests/alerts/alerts_when.yml", ROOT / "docs/metrics.md"
EXPRESSION = r" expr: (.*?)\n +for: "
SECONDS = {"s": 1, "m": 60, "h": 3600}
ANOTHER = (2, 3), (3, 2)  # Of a limit or a time: two thirds, and half as much again.


class Alert:
    """What the file says of one. It is read as lines, since all alerts are written alike."""

    def __init__(self, text):
        def value(key):
            found = re.search(rf"(?m)^ +{key}: (.*)$", text)
            return found[1] if found else ""

        self.name, self.severity, self.summary = re.match(r"(\w+)", text)[1], value("severity"), value("summary")
        self.after, self.description, self.runbook = value("for"), value("description"), value("runbook")
        self.expression = " ".join(re.search(rf"(?s){EXPRESSION}", text)[1].removeprefix("|").split())
        self.text = text

    def altered(self):
        """Names and texts of rules that are wrong."""
        def with_expression(expression):
            return re.sub(rf"(?s){EXPRESSION}", lambda found: found[0].replace(found[1], expression), self.text)

        yield "never", with_expression(f"({self.expression}) and on () (vector(0) > 1)")
        yield "always", with_expression(f"({self.expression}) or vector(1)")
        seconds = int(self.after[:-1]) * SECONDS[self.after[-1]]
        for up, down in ANOTHER:
            yield f"for {up}/{down}", self.text.replace(f"for: {self.after}\n", f"for: {seconds * up // down}s\n")
        for limit in re.finditer(r" > ([0-9.]+)", self.expression):
            for up, down in ANOTHER if float(limit[1]) > 0 else ():
                other = f" > {float(limit[1]) * up / down}"
                yield f"{limit[0]} {up}/{down}", with_expression(self.expression[:limit.start()] + other + self.expression[limit.end():])


def alerts():
    return [Alert(text) for text in RULES.read_text().split("- alert: ")[1:]]


def tried(rules, alert=None):
    """How the tests of one alert, or of all, end for that text of rules, and what is said of it."""
    head, *groups = re.split(r"(?m)^(?=  # )", WHEN.read_text().replace("../../packaging/alerts.yml", "alerts.yml"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "alerts.yml").write_text(rules)
        chosen = [group for group in groups if alert is None or f"alertname: {alert}\n" in group]
        assert chosen, f"nothing says when {alert} fires"
        (Path(folder) / "when.yml").write_text(head + "".join(chosen))
        return promtool("test", "rules", Path(folder) / "when.yml")


class Rules(unittest.TestCase):
    def test_are_rules_and_fire_when_they_should(self):
        for status, said in (promtool("check", "rules", RULES), tried(RULES.read_text())):
            self.assertEqual(status, 0, said)

    def test_that_are_altered_are_noticed(self):
        text = RULES.read_text()
        for alert in alerts():
            for what, altered in alert.altered():
                with self.subTest(alert=alert.name, altered=what):
                    self.assertNotEqual(altered, alert.text)
                    self.assertEqual(text.count(alert.text), 1)
                    status, said = tried(text.replace(alert.text, altered), alert.name)
                    self.assertEqual(status, 1, said)
                    self.assertRegex(said, f"alertname: ?{alert.name}", "a rule that cannot be read is another mistake")

    def test_say_all_that_a_reader_needs(self):
        for alert in alerts():
            with self.subTest(alert=alert.name):
                self.assertRegex(alert.after, r"^\d+[smh]$")
                self.assertIn(alert.severity, ("critical", "warning"))
                self.assertRegex(alert.summary, r"^[A-Z].*\.$")
                self.assertRegex(alert.description, r'^".*\."$')
                self.assertEqual(alert.runbook, f"docs/metrics.md#{alert.name.lower()}")

    def test_ask_for_metrics_that_there_are(self):
        there = set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE.read_text()))
        for alert in alerts():
            asked = set(re.findall(r"\brunner_\w+", alert.expression))
            self.assertTrue(asked, alert.name)
            self.assertEqual(asked - there, set(), alert.name)


class Page(unittest.TestCase):
    def test_has_the_alerts_of_the_file(self):
        page = PAGE.read_text()
        rows = re.findall(r"(?m)^\| \[(\w+)\]\(#(\w+)\) \| (\w+) \| (\w+) \| (.*) \|$", page)
        self.assertEqual(rows, [(alert.name, alert.name.lower(), alert.severity, alert.after, alert.summary) for alert in alerts()])

    def test_says_what_to_do_about_each(self):
        sections = dict(re.findall(r"(?ms)^### (\w+)\n\n(.*?)(?=^##|\Z)", PAGE.read_text()))
        self.assertEqual(list(sections), [alert.name for alert in alerts()])
        for name, text in sections.items():
            self.assertGreater(len(text.split()), 10, name)


if __name__ == "__main__":
    unittest.main()
