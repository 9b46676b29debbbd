"""Checks that need to know where a block begins and ends. They work on Source.flat, whose braces all balance."""

import re

_TYPE = re.compile(
    r'^(?:(?:inline|static|typedef|const|constexpr|extern|friend)\s+)*(?:namespace|class|struct|union|enum)\b|^extern\s+"'
)
_FUNCTION = re.compile(r"(?:\)|\})\s*(?:(?:const|noexcept|override|final|mutable|volatile|try|&&?)\s*)*(?:->[^;=]*)?$")
_LABEL = re.compile(r"^\s*(?:public|private|protected)\s*:")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def match_pair(code, start):
    """The position of the bracket that closes the one at `start`, or the end of the code."""
    opening, closing, depth = code[start], _CLOSING[code[start]], 0
    for match in re.compile("[" + re.escape(opening + closing) + "]").finditer(code, start):
        depth += 1 if match.group() == opening else -1
        if depth == 0:
            return match.start()
    return len(code) - 1


def _without_template(head):
    while re.match(r"template\s*<", head):
        depth, parentheses = 0, 0
        for i, char in enumerate(head):
            parentheses += (char == "(") - (char == ")")
            if parentheses == 0:
                depth += (char == "<") - (char == ">")
            if char == ">" and depth == 0 and parentheses == 0:
                head = head[i + 1 :].lstrip()
                break
        else:
            return head
    return re.sub(r"^(?:requires\b[^;]*?(?=\b(?:class|struct)\b)|\[\[[^\]]*\]\]\s*)", "", head)


def _kind(head):
    head = _without_template(head)
    if _TYPE.match(head):
        # A function that returns `struct X` has parentheses, a base class list has none in this code base.
        return "function" if _FUNCTION.search(head) and "(" in head and ":" not in head else "scope"
    if _FUNCTION.search(head) or re.search(r"\)\s*requires\b[^;]*$", head):
        return "function"
    return "initializer"


def functions(code):
    """(start, end) of every function with a body at namespace or class scope, from its first line to its last brace."""
    found = []
    position = head_start = parentheses = 0
    token = re.compile(r"[{}();]")
    while match := token.search(code, position):
        char, position = match.group(), match.end()
        if char in "()":
            parentheses += 1 if char == "(" else -1
        elif char == ";" or char == "}":
            head_start, parentheses = position, 0
        elif char == "{":
            while label := _LABEL.match(code[head_start : match.start()]):
                head_start += label.end()
            head = code[head_start : match.start()]
            kind = "initializer" if parentheses > 0 else _kind(head.strip())
            if kind == "scope":
                head_start = position
                continue
            position = match_pair(code, match.start()) + 1
            if kind == "function":
                found.append((head_start + len(head) - len(head.lstrip()), position - 1))
                head_start = position
            # A brace initializer belongs to the statement around it, which goes on.
    return found


def tables(code, start, end):
    """(start, end) of the outermost brace initializers `= {...}` within a function: rows of data, not steps."""
    position = start
    found = []
    while match := re.compile(r"=\s*\{").search(code, position, end):
        position = match_pair(code, match.end() - 1)
        found.append((match.start(), position))
    return found


def lambdas(code):
    """(start, captures, body start, body end) of every lambda."""
    found = []
    for match in re.finditer(r"(?<![\w)\]\[])\[(?!\[)", code):
        end = match_pair(code, match.start())
        captures = code[match.start() + 1 : end].strip()
        rest = re.compile(r"\s*(?:<[^(){}]*>\s*)?").match(code, end + 1).end()
        if rest < len(code) and code[rest] == "(":
            rest = match_pair(code, rest) + 1
        body = re.compile(r"\s*(?:(?:mutable|noexcept|constexpr|static)\s*)*(?:->[^{};]*)?").match(code, rest).end()
        if body < len(code) and code[body] == "{":
            found.append((match.start(), captures, body, match_pair(code, body)))
    return found


def coroutine_lambdas_with_captures(code):
    found = lambdas(code)
    positions = []
    for start, captures, body, end in found:
        if not captures:
            continue
        own = list(code[body:end])
        for _, _, inner, inner_end in found:
            if body < inner and inner_end < end:
                own[inner - body : inner_end - body] = " " * (inner_end - inner)
        if re.search(r"\bco_(?:await|return|yield)\b", "".join(own)):
            positions.append(start)
    return positions


def awaits_in_catch(code):
    positions = []
    for match in re.finditer(r"\bcatch\s*\(", code):
        body = code.find("{", match_pair(code, match.end() - 1))
        if body < 0:
            continue
        for await_match in re.compile(r"\bco_(?:await|yield)\b").finditer(code, body, match_pair(code, body)):
            positions.append(await_match.start())
    return positions


def _without_bodies(code):
    """The same code with what stands within braces left out."""
    kept, position = [], 0
    while (start := code.find("{", position)) >= 0:
        kept.append(code[position : start + 1])
        position = match_pair(code, start)
    return "".join(kept) + code[position:]


def _parameter_types(parameters):
    """`(const A& a, B b = 1)` without its names and defaults: `const A&,B`."""
    types, depth = [""], 0
    for char in parameters:
        depth += (char in "<([{") - (char in ">)]}")
        if char == "," and depth == 0:
            types.append("")
        else:
            types[-1] += char
    bare = [re.sub(r"(?<=[\w>&*])([\s&*]+)\w+$", r"\1", one.split("=")[0].strip()) for one in types]
    return ",".join(re.sub(r"\s+", "", one) for one in bare)


def local_names(code):
    """(position, namespace and name) of what stands in a file's anonymous namespaces: functions with their parameters'
    types, types and constants."""
    found = []
    for match in re.finditer(r"\bnamespace\s*\{", code):
        outer = re.findall(r"\bnamespace\s+([\w:]+)\s*\{", code[: match.start()])
        start, end = match.end(), match_pair(code, match.end() - 1)
        position = start
        while statement := re.compile(r"[;{]").search(code, position, end):
            head = code[position : statement.start()]
            at = position + len(head) - len(head.lstrip())
            position = statement.end()
            if statement.group() == "{":
                position = match_pair(code, statement.start()) + 1
            bare = _without_template(head.strip())
            if named := re.match(r"(?:struct|class|union|enum(?: class)?)\s+(\w+)", bare):
                name = named.group(1)
            elif named := re.match(r"(?:__extension__ )?using (\w+)\s*=", head.strip()):
                name = named.group(1)
            elif named := re.match(r"(?:inline |static )*constexpr\s[^()=]*?(\w+)(?:\[\w*\])?\s*(?:=|$)", bare):
                name = named.group(1)
            elif named := re.search(r"(?<!operator)\b(\w+)\s*\(", bare.split("=")[0]):
                opening = named.end() - 1
                name = f"{named.group(1)}({_parameter_types(bare[opening + 1 : match_pair(bare, opening)])})"
            else:
                continue
            found.append((at, "::".join(outer + [name])))
    return found
