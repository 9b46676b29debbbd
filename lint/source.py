"""A C++ file as the checks see it: the same text, line for line, with comments and literals blanked out."""

import re

_TOKEN = re.compile(
    r"""
      (?P<comment> //(?:[^\\\n]|\\.|\\\n)* | /\*.*?\*/ )
    | (?P<raw> (?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)" )
    | (?P<string> "(?:[^"\\\n]|\\.)*" )
    | (?P<char> (?<![A-Za-z0-9_])(?:u8|[uUL])?'(?:[^'\\\n]|\\.)*' )
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*\#(?:[^\\\n]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def _blank_token(match):
    text = match.group()
    if match.lastgroup == "comment":
        return _blank(text)
    # The quotes stay, so that what is left is still C++ to the checks.
    return '"' + _blank(text[1:-1]) + '"' if len(text) >= 2 else text


class Source:
    """`code` keeps the preprocessor's lines (a macro's body is code too); `flat` is without them."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        code = _TOKEN.sub(_blank_token, text)
        self.raw_lines = set()  # Those whose end lies within a raw string: data rather than layout.
        for match in _TOKEN.finditer(text):
            if match.lastgroup == "raw":
                self.raw_lines.update(range(self.line_at(match.start()), self.line_at(match.end())))
        # The names of included files are literals or look like comparisons: they have checks of their own.
        self.includes = []  # (line, "<" or '"', name)
        for match in _INCLUDE.finditer(text):
            if code[match.start() : match.start(1)] == match.group()[: match.start(1) - match.start()]:
                self.includes.append((self.line_at(match.start(1)), match.group(1), match.group(2)))
        self.code = re.sub(r"^[ \t]*#[ \t]*include\b[^\n]*", lambda m: _blank(m.group()), code, flags=re.MULTILINE)
        self.flat = _DIRECTIVE.sub(lambda m: _blank(m.group()), self.code)

    def line_at(self, position):
        return self.text.count("\n", 0, position) + 1


def blank_json_comments(text):
    """JSON with // and /* */ comments made into plain JSON of the same length."""
    token = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return token.sub(lambda m: m.group() if m.group().startswith('"') else _blank(m.group()), text)
