"""Records what CPython says to random regular expressions, as the corpus of src/flagsmith/python/regex_corpus_test.ts.

Run it as `python3 scripts/record_python_regex.py > tests/data/python_regex.json`. The same seed and the same release of
Python give the same bytes. For each pattern: whether `re.compile()` accepts it and, if so, for each text whether
`re.match()` finds a match.
"""

import json
import random
import re
import sys
import warnings

SEED = 3
PATTERNS = 4000
TEXTS = ["", "a", "b", "ab", "aab", "abab", "a\n", "B_1", "a b", "-", "é", "1.5", "aaaaaa", "my_flag-2"]

ATOMS = [
    "a", "b", "ab", ".", "\\w", "\\W", "\\d", "\\D", "\\s", "\\S", "[a-c]", "[^a]", "[]a]", "[^]]", "[\\w-]", "[a\\]]",
    "[A-Z_]", "[", "]", "{", "}", "\\", "\\.", "\\-", "\\_", "-", "_", "1", "é", "\\x61", "\\u0061", "\\141", "\\0",
    "\\x6", "\\q", "\\1", "\\2", "\\12", "(?P=n)", "[b-a]", "[a-\\w]", "[--a]", "[[:alpha:]]", " ", "\\ ", "#", "/",
    "\\Z", "\\A", "^", "$", "\\b", "\\B", "\\z", "\\p{L}", "\n",
]
OPENINGS = [
    "(", "(", "(", "(?:", "(?:", "(?P<n>", "(?P<m>", "(?<n>", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:", "(?s:",
    "(?x:", "(?a:", "(?m:", "(?is-x:", "(?1)", "(?(1)", "(?(n)", "(?(9)", "(?#", "(?i)", "(?x)", "(?",
]
REPEATS = [
    "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{,1}", "{1,}", "{2,1}", "{0}", "{1,2}?", "{1,2}+",
    "{a}", "{,}", "{", "**",
]


def draw(random_: random.Random, depth: int) -> str:
    parts = []
    for _ in range(random_.choice([1, 1, 2, 2, 3, 4])):
        if depth > 0 and random_.random() < 0.35:
            closing = ")" if random_.random() < 0.93 else ""
            part = random_.choice(OPENINGS) + draw(random_, depth - 1) + closing
        else:
            part = random_.choice(ATOMS)
        if random_.random() < 0.35:
            part += random_.choice(REPEATS)
        if random_.random() < 0.12:
            part += "|"
        parts.append(part)
    start = random_.choice(["^", "(?i)", "(?x)", "(?m)", "(?a)", "(?s)"]) if depth == 2 and random_.random() < 0.2 else ""
    return start + "".join(parts)


def verdict(pattern: str) -> str:
    """`x` when the pattern is refused, or a 1 or 0 for each text."""
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return "x"
    return "".join("1" if compiled.match(text) else "0" for text in TEXTS)


def main() -> None:
    # What a later release may refuse is a warning today; Flagsmith ignores it, too.
    warnings.simplefilter("ignore")
    random_ = random.Random(SEED)
    patterns: dict[str, str] = {}
    while len(patterns) < PATTERNS:
        pattern = draw(random_, 2)
        patterns.setdefault(pattern, verdict(pattern))
    release = ".".join(map(str, sys.version_info[:2]))
    print(f'{{"python":"{release}","texts":{json.dumps(TEXTS)},"patterns":{{')
    print(",\n".join(f"{json.dumps(pattern)}:{json.dumps(result)}" for pattern, result in patterns.items()))
    print("}}")


main()
