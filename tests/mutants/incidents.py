"""Bugs that somebody might have written who had not met a line of docs/incidents.md, one for each of its lines.

`mutants.py --pairs` proves that the test beside the line sees it. The rows are those of second.py: the bug's name, its file, the
text that stands there once, what takes its place, and what goes wrong.
"""

INCIDENTS = [
    ("enqueue-ends-at-a-long-line", "reports/trace/line_reader.cpp", "  if (in_long_line_) pass_over_line();\n", "  if (in_long_line_) return std::nullopt;\n", "What stands behind a line that is too long is never put in, and nobody is told."),
    ("tool-is-called-once-too-often", "core/agent/agent.cpp", "counts[index] >= most) {", "counts[index] > most) {", "A model posts one comment more than the operator allows."),
    ("tool-limit-is-everybodys", "core/config/config.cpp", "  return found == tools.end() ? kMostToolCalls : found->second.most_calls;\n", "  return found == tools.end() ? kMostToolCalls : kMostToolCalls;\n", "What the operator set for a tool is not heeded."),
]
