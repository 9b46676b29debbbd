"""What C++ code may not say: one row per check, with the rule in a sentence and what to write instead.

A row applies to the files below `only` (all when empty) that are not below `outside`. A comment that matches `waiver`,
on the line or on a line of its own above, lifts it there; `// lint-allow(name): reason` does so for every check on C++,
and `// lint-allow-file(name): reason` for the whole file.
"""

import re
from dataclasses import dataclass

SIMULATED = ("core/", "fakes/", "sim/", "reports/")
PRODUCTION = "core/production/"
# Folders whose programs talk to real peers or measure real time.
REAL_TIME = (PRODUCTION, "runner/", "fakes/wire/", "tests/bench/", "tests/e2e/", "tests/wire/", "tests/conformance/")


@dataclass(frozen=True)
class PatternRule:
    name: str
    pattern: str
    rule: str
    use: str
    only: tuple = ()
    outside: tuple = ()
    waiver: str = ""

    def applies_to(self, path):
        return (not self.only or path.startswith(self.only)) and not path.startswith(self.outside)


_MATH = "pow|exp2?|expm1|log(?:2|10|1p)?|sinh?|cosh?|tanh?|asin|acos|atan2?|cbrt|hypot|[tl]gamma|erfc?"

RULES = (
    PatternRule(
        "real-clock",
        r"\b(?:steady_clock|system_clock|high_resolution_clock|utc_clock|file_clock)\b"
        r"|\b(?:gettimeofday|clock_gettime|timespec_get)\s*\(|(?<![\w.>])time\s*\(\s*(?:NULL\b|nullptr\b|0\s*\)|&)",
        "Only production reads a real clock; a run must be the same whenever it runs.",
        "core::Clock of the Environment",
        outside=REAL_TIME,
    ),
    PatternRule(
        "real-sleep",
        r"\bsleep_for\b|\bthis_thread\s*::\s*sleep_until\b|\b(?:usleep|nanosleep)\s*\(|\bsteady_timer\b|\bsystem_timer\b"
        r"|\bdeadline_timer\b",
        "Only production waits in real time.",
        "core::Clock::sleep_until or core::Timer",
        outside=REAL_TIME,
    ),
    PatternRule(
        "random-source",
        r"\brandom_device\b|\bstd\s*::\s*(?:mt19937(?:_64)?|minstd_rand0?|ranlux\w+|knuth_b|default_random_engine)\b"
        r"|(?<![\w.>])s?rand\s*\(|\b[dlm]rand48\s*\(|\barc4random\w*\s*\(",
        "All chance comes from the world's seed.",
        "core::Random, forked by name",
        outside=(PRODUCTION,),
    ),
    PatternRule(
        "random-distribution",
        r"\bstd\s*::\s*(?:ranges\s*::\s*)?(?:\w+_distribution|shuffle|random_shuffle|sample)\b|\bgenerate_canonical\b",
        "The standard's distributions and shuffles give other numbers in every library.",
        "core::Random::between and chance",
    ),
    PatternRule(
        "unstable-sort",
        r"\bstd\s*::\s*(?:ranges\s*::\s*)?(?:sort|partial_sort|nth_element)\s*\(",
        "Where elements compare equal, these leave an order that differs between libraries.",
        "std::stable_sort, or say `// total order: why no two elements compare equal`",
        waiver=r"//.*\btotal order: \S",
    ),
    PatternRule(
        "unordered-container",
        r"\bunordered_(?:flat_|node_)?(?:map|set|multimap|multiset)\b",
        "The order of an unordered container differs between libraries.",
        "std::map or a sorted vector, or say `// never iterated` on the line or the line above",
        only=SIMULATED,
        waiver=r"//.*\bnever iterated\b",
    ),
    PatternRule(
        "pointer-order",
        r"\bstd\s*::\s*(?:map|set|multimap|multiset)\s*<\s*(?:const\s+)?[\w:]+\s*(?:const\s*)?\*",
        "The order of addresses differs from run to run.",
        "a key with an order of its own: a name or a sequence number",
        only=SIMULATED,
    ),
    PatternRule(
        "std-hash",
        r"\b(?:std|boost)\s*::\s*hash\b",
        "std::hash is another function in every library.",
        "xxHash for digests, core::Random::fork for decisions",
        only=SIMULATED,
    ),
    PatternRule(
        "floating-point",
        r"\b(?:float|double)\b",
        "Decisions are made in integers: whole nanoseconds and millionths.",
        "core::Duration and core::Ratio",
        only=("core/retry/", "core/queue/"),
    ),
    PatternRule(
        "libm",
        rf"\bstd\s*::\s*(?:{_MATH})\s*\(|(?<![\w.:>])(?:pow|exp|log1?[02p]?|sin|cos|tan)[fl]?\s*\((?=[^()]*\d\.)",
        "The last bit of these functions differs between C libraries.",
        "integer arithmetic, or a table",
        only=("core/", "fakes/", "sim/"),
    ),
    PatternRule(
        "locale",
        r"\bstd\s*::\s*locale\b|\bsetlocale\s*\(|\blocaleconv\s*\(|\bstd\s*::\s*sto(?:f|d|ld)\b|(?<![\w.>])strto(?:f|d|ld)\s*\("
        r"|(?<![\w.>])atof\s*\(",
        "Text reads and writes the same in every locale.",
        "std::from_chars, fmt, and the readers of core/time/text.h",
    ),
    PatternRule(
        "raw-output",
        r"(?<![\w.])(?:stdout|stderr)(?!\w)|(?<![\w.])(?:std\s*::\s*)?(?:printf|puts|putchar)\s*\(|\bfmt\s*::\s*print\s*\(",
        "Text meets a terminal in one place, which escapes what is foreign in it.",
        "cli::print, cli::print_json and cli::print_message",
        only=(*SIMULATED, "cli/", "rehearse/", "runner/"),
        # A broken invariant ends the program: its text is the program's own.
        outside=("cli/stdio.cpp", "core/check.h"),
    ),
    PatternRule(
        "simulation-question",
        r"\bis_simulat\w*|\bin_simulation\b",
        "The core never asks whether it is simulated.",
        "a seam of the Environment with two implementations",
    ),
    PatternRule(
        "thread-local",
        r"\bthread_local\b",
        "Many worlds run on many threads and share nothing; what a world has, it owns.",
        "a member of the object that owns it",
        only=("core/",),
    ),
    PatternRule(
        "using-namespace-std",
        r"\busing\s+namespace\s+std\s*;",
        "Names of the standard library are written out.",
        "std:: at the name",
    ),
    PatternRule(
        "raw-new",
        r"(?<!operator )\bnew\b|(?<!operator )(?<!= )\bdelete\b",
        "Memory has an owner from the start.",
        "std::make_unique, a container, or a value",
    ),
    PatternRule(
        "test-name",
        r"\b(?:TYPED_TEST|TEST(?:_[FP])?|RC_GTEST_(?:FIXTURE_)?PROP)\(\s*\w+,\s*[A-Z]",
        "A test's name is a sentence in small letters: TEST(Suite, does_what_it_says).",
        "the same words in small letters, with underscores between them",
        only=("tests/",),
    ),
)

# On includes as they are written.
INCLUDE_RULES = (
    PatternRule(
        "parent-include",
        r"^(?:\.\./|.*/\.\./)",
        "Includes are written from the repository's root.",
        '"core/time/time.h"',
    ),
    PatternRule(
        "iostream",
        r"^<iostream>$",
        "Streams carry a locale and static constructors into every file.",
        "fmt or <cstdio>",
    ),
    PatternRule(
        "network-include",
        r"^<(?:curl/.*|hiredis/.*|openssl/(?!hmac\.h).*|sys/(?:socket|epoll)\.h|netdb\.h|netinet/.*|boost/beast.*"
        r"|boost/asio\.hpp|boost/asio/(?:ip/.*|io_context\.hpp|steady_timer\.hpp|ssl.*|thread_pool\.hpp|local/.*|signal_set\.hpp))>$",
        "Neither the core nor its simulation opens a socket.",
        "the seams core/http/http.h, core/redis/redis.h and core/time/clock.h",
        only=("core/", "fakes/", "sim/"),
        outside=(PRODUCTION, "fakes/wire/"),
    ),
)

# On any text file, comments included unless the pattern leaves them out. The patterns are written so that they do not match themselves.
TEXT_RULES = (
    PatternRule(
        "unfinished-word",
        r"\b(?:TO[D]O|FI[X]ME|X[X]X)\b",
        "What is in the repository is finished; what is not stands in the issue tracker.",
        "the finished thing, or nothing",
    ),
    PatternRule(
        "machine-path",
        r"(?<![\w.~-])/(?:wor[k]|hom[e]|roo[t])/",
        "The repository knows no machine's paths.",
        "a path relative to the repository",
    ),
    PatternRule(
        "api-literal",
        r'^(?:(?!//).)*"(?:llm\.chat|github\.(?:token|comments\.\w+)|redis\.(?:enqueue|claim|renew|complete|requeue|fail|journal|recover|'
        r'release|subscribe))"',
        "The names of operations stand in the catalogue alone.",
        "the operation's constant in core/api/api.h",
        only=SIMULATED + ("runner/", "rehearse/"),
        outside=("core/api/api.h",),
    ),
    PatternRule("tab", r"\t", "Indentation is made of spaces.", "spaces"),
    PatternRule("trailing-space", r"[ \t\r]+$", "Lines end where their text ends.", "nothing"),
)


def find(rule, text):
    """The positions at which the rule's pattern matches."""
    return [match.start() for match in re.finditer(rule.pattern, text, re.MULTILINE)]
