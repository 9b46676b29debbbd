#!/usr/bin/env python3
"""Each line of docs/dialects.md and docs/incidents.md names a test that exists and a bug that the table has; `mutants.py --pairs` tries them."""

import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "mutants"))

import pairs  # noqa: E402
import table  # noqa: E402

# The suites that lines may name, and the file of each.
SUITES = {
    "OpenAiDialect": "tests/unit/dialects_test.cpp",
    "OllamaDialect": "tests/unit/dialects_test.cpp",
    "Dialect": "tests/unit/dialects_test.cpp",
    "OllamaDecode": "tests/unit/llm_ollama_test.cpp",
    "OpenAiDecode": "tests/unit/llm_openai_test.cpp",
    "AgentTest": "tests/unit/agent_test.cpp",
    "CommentOnIssue": "tests/unit/comment_on_issue_test.cpp",
    "QueueScripts": "tests/property/queue_scripts_test.cpp",
    "QueueScriptsWake": "tests/property/wake_scripts_test.cpp",
    "WakeUpMessages": "tests/unit/wake_up_test.cpp",
    "RunnerSettings": "tests/runner/settings_test.cpp",
    "TraceFile": "tests/runner/trace_file_test.cpp",
    "Scenario": "tests/unit/scenario_load_test.cpp",
    "CommandLine": "tests/e2e/command_line_test.cpp",
    "FakeRedisBounds": "tests/unit/fake_redis_bounds_test.cpp",
    "Hostile": "tests/e2e/hostile_test.cpp",
    "Serve": "tests/e2e/serve_test.cpp",
    "ServedHostile": "tests/wire/served_hostile_test.cpp",
    "OperatorScripts": "tests/property/operator_scripts_test.cpp",
    "CredentialAnswers": "tests/unit/refused_credential_test.cpp",
    "CredentialPause": "tests/unit/refused_credential_test.cpp",
    "RefusedCredentialWorld": "tests/unit/refused_credential_test.cpp",
    "OperationsServerTest": "tests/runner/operations_server_test.cpp",
    "RememberedTest": "tests/runner/operations_server_test.cpp",
    "MetricsContract": "tests/runner/metrics_test.cpp",
    "MetricsOfTheQueue": "tests/runner/metrics_test.cpp",
    "MetricsOfLimits": "tests/runner/metrics_test.cpp",
    "CountedMetrics": "tests/runner/counted_metrics_test.cpp",
    "QueueCounts": "tests/property/queue_counts_test.cpp",
    "QueueRightsTest": "tests/unit/queue_rights_test.cpp",
    "RedisModeTest": "tests/wire/redis_mode_test.cpp",
    "ErrorReply": "tests/unit/error_reply_test.cpp",
    "LineReader": "tests/unit/line_reader_test.cpp",
    "HttpTls": "tests/wire/http_tls_test.cpp",
    "CommentsTest": "tests/unit/github_comments_test.cpp",
    "SecretOfAJob": "tests/property/secret_scripts_test.cpp",
    "Listing": "tests/property/queue_listing_test.cpp",
    "JobFilter": "tests/runner/job_filter_test.cpp",
    "TerminalTexts": "tests/unit/terminal_text_test.cpp",
    "CiCommands": "tests/unit/terminal_text_test.cpp",
    "HostileTexts": "tests/e2e/terminal_test.cpp",
    "ClosedPipe": "tests/e2e/terminal_test.cpp",
    "NarrowTimeline": "tests/unit/timeline_text_test.cpp",
    "ContinuedTrace": "tests/runner/trace_file_test.cpp",
    "ForeignRecords": "tests/property/foreign_records_test.cpp",
    "RefusedCommands": "tests/wire/refused_commands_test.cpp",
    "GitHubClock": "tests/unit/github_token_clock_test.cpp",
    "HintsByAnotherClock": "tests/unit/github_token_clock_test.cpp",
    "SecretMask": "tests/unit/secret_mask_test.cpp",
    "ErrorBody": "tests/unit/error_body_test.cpp",
    "ErrorInAnAnswer": "tests/property/error_in_answer_property_test.cpp",
    "RedisMoved": "tests/wire/redis_moved_test.cpp",
    "LineWriterTest": "tests/runner/line_writer_test.cpp",
    "LastWordsTest": "tests/runner/last_words_test.cpp",
    "HttpContinue": "tests/wire/http_continue_test.cpp",
    "RespRequest": "tests/unit/resp_test.cpp",
    "JobPayload": "tests/unit/job_payload_test.cpp",
    "AnswerMemory": "tests/unit/answer_memory_test.cpp",
    "RedisSessionTest": "tests/unit/redis_session_test.cpp",
    "LargeWorld": "tests/unit/large_world_test.cpp",
    "ReplayRedisRules": "tests/unit/replay_test.cpp",
    "ReplayDivergence": "tests/unit/replay_divergence_test.cpp",
    "CheckTogether": "tests/e2e/trace_commands_test.cpp",
    "LivelockOfAWorld": "tests/unit/livelock_test.cpp",
    "NewWork": "tests/unit/livelock_test.cpp",
}


def tests_of(suite):
    """The names of a suite's tests: rows of a parameter, or tests of its own."""
    text = (ROOT / SUITES[suite]).read_text(encoding="utf-8")
    names = set(re.findall(rf"TEST(?:_F)?\({suite},\s*(\w+)\)", text))
    for block in re.findall(rf"INSTANTIATE_TEST_SUITE_P\(\s*\w+, {suite},(.*?)\n    (?:kName|\[\])", text, re.DOTALL):
        names.update(re.findall(r'Row\{"(\w+)"', block))
    return names


def exists(test):
    suite, _, name = test.partition("/")
    if suite == "smoke":
        return (ROOT / "scenarios" / "smoke" / f"{name}.json").exists()
    if suite in pairs.SCRIPTS:
        text = (ROOT / pairs.SCRIPTS[suite]).read_text(encoding="utf-8")
        return f"\nclass {suite}(" in text and f"\n    def {name}(self" in text
    return suite in SUITES and name in tests_of(suite)


def bugs():
    return {bug.name for bug in table.ALL}


def problems(text, known_bugs):
    found = []
    for number, cells in pairs.lines_of(text):
        if len(cells) != pairs.CELLS:
            found.append(f"line {number}: {len(cells)} cells, not {pairs.CELLS}")
            continue
        test, bug = cells[3].strip("`"), cells[4].strip("`")
        if not all(cells[:3]):
            found.append(f"line {number}: an empty cell")
        if not exists(test):
            found.append(f"line {number}: there is no test {test!r}")
        if not bug:
            found.append(f"line {number}: no bug is named that {test} sees")
        elif bug not in known_bugs:
            found.append(f"line {number}: there is no bug {bug!r}")
    return found


class DialectsTest(unittest.TestCase):
    def test_each_line_has_its_test_and_its_bug(self):
        for document in pairs.DOCUMENTS:
            with self.subTest(document=document.name):
                text = document.read_text(encoding="utf-8")
                self.assertGreater(len(pairs.lines_of(text)), 2)
                self.assertEqual(problems(text, bugs()), [])

    def test_what_is_missing_is_noticed(self):
        line = "| form | whose | what | `{}` | {} |\n"
        self.assertEqual(problems(line.format("smoke/answer-empty", "`dialect-x`"), {"dialect-x"}), [])
        for test, bug, problem in (("smoke/no-such-file", "x", "no test"), ("OpenAiDialect/no_such_row", "x", "no test"),
                                   ("Nobody/done_twice", "x", "no test"),
                                   ("Watch/test_of_nothing", "x", "no test"), ("smoke/answer-empty", "y", "there is no bug"),
                                   ("smoke/answer-empty", "", "no bug is named")):
            with self.subTest(test=test, bug=bug):
                self.assertIn(problem, problems(line.format(test, bug), {"x"})[0])
        self.assertIn("cells", problems("| form | whose |\n", set())[0])


if __name__ == "__main__":
    unittest.main()
