# Regular expressions: patterns and matches over the matcher in `_re`.
import _re
from enum import IntFlag


class RegexFlag(IntFlag):
    NOFLAG = 0
    ASCII = A = 256
    IGNORECASE = I = 2
    LOCALE = L = 4
    UNICODE = U = 32
    MULTILINE = M = 8
    DOTALL = S = 16
    VERBOSE = X = 64
    DEBUG = 128

    def __repr__(self):
        names = [f"re.{m.name}" for m in RegexFlag if m.value and self.value & m.value and m.name != "NOFLAG"]
        return "|".join(names) or "re.NOFLAG"

    __str__ = __repr__


NOFLAG, A, I, L, U, M, S, X = (RegexFlag(n) for n in (0, 256, 2, 4, 32, 8, 16, 64))
ASCII, IGNORECASE, LOCALE, UNICODE, MULTILINE, DOTALL, VERBOSE = A, I, L, U, M, S, X
DEBUG = RegexFlag.DEBUG


class PatternError(Exception):
    def __init__(self, msg, pattern=None, pos=None):
        self.msg, self.pattern, self.pos = msg, pattern, pos
        if pattern is not None and pos is not None:
            newline = "\n" if isinstance(pattern, str) else b"\n"
            self.lineno = pattern.count(newline, 0, pos) + 1
            self.colno = pos - pattern.rfind(newline, 0, pos)
            msg = f"{msg} at position {pos}"
            if newline in pattern:
                msg += f" (line {self.lineno}, column {self.colno})"
        else:
            self.lineno = self.colno = None
        super().__init__(msg)


error = PatternError
PatternError.__module__ = "re"


class Match:
    def __init__(self, re, string, pos, endpos, spans):
        self.re, self.string, self.pos, self.endpos = re, string, pos, endpos
        self._spans = spans

    @property
    def regs(self):
        s = self._spans
        return tuple((s[i], s[i + 1]) for i in range(0, len(s), 2))

    def _index(self, group):
        if isinstance(group, str):
            n = self.re.groupindex.get(group, -1)
        else:
            n = group.__index__() if hasattr(group, "__index__") else -1
        if not 0 <= n <= self.re.groups:
            raise IndexError("no such group")
        return n

    def _get(self, n, default=None):
        s = self._spans
        if s[2 * n] < 0 or s[2 * n + 1] < 0:
            return default
        return self.string[s[2 * n]:s[2 * n + 1]]

    def group(self, *groups):
        if not groups:
            return self._get(0)
        if len(groups) == 1:
            return self._get(self._index(groups[0]))
        return tuple([self._get(self._index(g)) for g in groups])

    def __getitem__(self, group):
        return self._get(self._index(group))

    def groups(self, default=None):
        return tuple([self._get(i, default) for i in range(1, self.re.groups + 1)])

    def groupdict(self, default=None):
        return {k: self._get(i, default) for k, i in self.re.groupindex.items()}

    def start(self, group=0):
        return self._spans[2 * self._index(group)]

    def end(self, group=0):
        return self._spans[2 * self._index(group) + 1]

    def span(self, group=0):
        n = self._index(group)
        return self._spans[2 * n], self._spans[2 * n + 1]

    def expand(self, template):
        return _expand(_template(self.re, template), self)

    @property
    def lastindex(self):
        best, end = None, -1
        for i in range(1, self.re.groups + 1):
            if self._spans[2 * i + 1] > end or (best and self._spans[2 * i + 1] == end and self._spans[2 * i] < self._spans[2 * best] < 0):
                best, end = i, self._spans[2 * i + 1]
        return best

    @property
    def lastgroup(self):
        n = self.lastindex
        for k, i in self.re.groupindex.items():
            if i == n:
                return k

    def __bool__(self):
        return True

    def __copy__(self):
        return self

    def __repr__(self):
        return f"<re.Match object; span={self.span()!r}, match={self.group()!r}>"


Match.__module__ = "re"


class Pattern:
    def __init__(self, pattern, flags, handle, groups, names):
        self.pattern = pattern
        self.flags = flags if not isinstance(pattern, str) or flags & 256 else flags | 32
        self.groups = groups - 1
        self.groupindex = names
        self._handle = handle

    def _check(self, string):
        if isinstance(self.pattern, str):
            if not isinstance(string, str):
                if isinstance(string, (bytes, bytearray)):
                    raise TypeError("cannot use a string pattern on a bytes-like object")
                raise TypeError(f"expected string or bytes-like object, got '{type(string).__name__}'")
        elif isinstance(string, str):
            raise TypeError("cannot use a bytes pattern on a string-like object")

    def _find(self, string, pos, endpos, mode):
        self._check(string)
        n = len(string)
        pos = max(pos, 0)
        endpos = n if endpos is None else min(max(endpos, 0), n)
        spans = _re.find(self._handle, string, pos, endpos, mode)
        return None if spans is None else Match(self, string, pos, endpos, spans)

    def search(self, string, pos=0, endpos=None):
        return self._find(string, pos, endpos, 0)

    def match(self, string, pos=0, endpos=None):
        return self._find(string, pos, endpos, 1)

    def fullmatch(self, string, pos=0, endpos=None):
        return self._find(string, pos, endpos, 2)

    def _all(self, string, pos=0, endpos=None, limit=0):
        self._check(string)
        n = len(string)
        return _re.find_all(self._handle, string, max(pos, 0), n if endpos is None else min(endpos, n), limit)

    def finditer(self, string, pos=0, endpos=None):
        end = len(string) if endpos is None else endpos
        return iter([Match(self, string, pos, end, s) for s in self._all(string, pos, endpos)])

    def findall(self, string, pos=0, endpos=None):
        spans = self._all(string, pos, endpos)
        if self.groups == 0:
            return [string[s[0]:s[1]] for s in spans]
        if self.groups == 1:
            return [string[s[2]:s[3]] if s[2] >= 0 else string[:0] for s in spans]
        return [tuple([string[s[i]:s[i + 1]] if s[i] >= 0 else string[:0] for i in range(2, len(s), 2)]) for s in spans]

    def split(self, string, maxsplit=0):
        out, at = [], 0
        for s in self._all(string, limit=max(maxsplit, 0)) if maxsplit >= 0 else ():
            out.append(string[at:s[0]])
            for i in range(2, len(s), 2):
                out.append(string[s[i]:s[i + 1]] if s[i] >= 0 else None)
            at = s[1]
        out.append(string[at:])
        return out

    def subn(self, repl, string, count=0):
        end = len(string)
        parts = None if callable(repl) else _template(self, repl)
        out, at, n = [], 0, 0
        for s in self._all(string, limit=max(count, 0)):
            out.append(string[at:s[0]])
            m = Match(self, string, 0, end, s) if parts is None or len(parts) > 1 or not isinstance(parts[0], (str, bytes)) else None
            if parts is None:
                r = repl(m)
                out.append(string[:0] if r is None else r)
            else:
                out.append(parts[0] if m is None else _expand(parts, m))
            at = s[1]
            n += 1
        out.append(string[at:])
        return string[:0].join(out), n

    def sub(self, repl, string, count=0):
        return self.subn(repl, string, count)[0]

    def scanner(self, string, pos=0, endpos=None):
        return _Scanner(self, string, pos, endpos)

    def __repr__(self):
        flags = [f"re.{m.name}" for m in RegexFlag if m.value and m.value != 32 and self.flags & m.value]
        text = repr(self.pattern)
        return f"re.compile({text[:200]}{', ' + '|'.join(flags) if flags else ''})"

    def __eq__(self, other):
        return isinstance(other, Pattern) and self.pattern == other.pattern and self.flags == other.flags

    def __hash__(self):
        return hash((self.pattern, self.flags))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


Pattern.__module__ = "re"


class _Scanner:
    def __init__(self, pattern, string, pos, endpos):
        self.pattern, self._string, self._pos, self._end = pattern, string, pos, endpos

    def match(self):
        return self._step(self.pattern.match)

    def search(self):
        return self._step(self.pattern.search)

    def _step(self, f):
        m = f(self._string, self._pos, self._end)
        if m:
            self._pos = m.end() + (m.end() == m.start())
        return m


def _template(pattern, repl):
    """The parts of a replacement: text, and numbers of groups."""
    if not isinstance(repl, str):
        text = bytes(repl).decode("latin-1")
        return [p.encode("latin-1") if isinstance(p, str) else p for p in _parts(pattern, text)]
    return _parts(pattern, repl)


_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b", "\\": "\\"}


def _parts(pattern, s):
    if "\\" not in s:
        return [s]
    out, text, i = [], "", 0
    while i < len(s):
        j = s.find("\\", i)
        if j < 0:
            break
        text += s[i:j]
        c = s[j + 1:j + 2]
        i = j + 2
        group = None
        if c == "g":
            if s[i:i + 1] != "<":
                raise PatternError("missing <", s, i)
            end = s.find(">", i)
            if end < 0:
                raise PatternError("missing >, unterminated name", s, i + 1)
            name = s[i + 1:end]
            if not name:
                raise PatternError("missing group name", s, i + 1)
            if name.isdigit() and name.isascii():
                group = int(name)
            elif not name.isidentifier():
                raise PatternError(f"bad character in group name {name!r}", s, i + 1)
            elif name in pattern.groupindex:
                group = pattern.groupindex[name]
            else:
                raise IndexError(f"unknown group name {name!r}")
            at = i + 1
            i = end + 1
        elif c == "0":
            digits = c
            while len(digits) < 3 and s[i:i + 1] in tuple("01234567"):
                digits += s[i]
                i += 1
            text += chr(int(digits, 8))
        elif c.isdigit():
            at = j + 1
            if s[i:i + 1].isdigit():
                c += s[i]
                i += 1
                if c[0] in "0123" and c[1] in "01234567" and s[i:i + 1] in tuple("01234567"):
                    text += chr(int(c + s[i], 8))
                    i += 1
                    continue
            group = int(c)
        elif c in _SIMPLE and c:
            text += _SIMPLE[c]
        elif not c:
            raise PatternError("bad escape (end of pattern)", s, j)
        elif c.isalpha() and c.isascii():
            raise PatternError(f"bad escape \\{c}", s, j)
        else:
            text += "\\" + c
        if group is not None:
            if group > pattern.groups:
                raise PatternError(f"invalid group reference {group}", s, at)
            out.append(text)
            out.append(group)
            text = ""
    out.append(text + s[i:])
    return out


def _expand(parts, m):
    empty = m.string[:0]
    return empty.join([m._get(p, empty) if isinstance(p, int) else p for p in parts])


_cache = {}


def compile(pattern, flags=0):
    if isinstance(pattern, Pattern):
        if flags:
            raise ValueError("cannot process flags argument with a compiled pattern")
        return pattern
    flags = int(flags)
    key = (type(pattern), pattern, flags)
    p = _cache.get(key)
    if p is None:
        r = _re.compile(pattern, flags)
        if len(r) == 2:
            raise PatternError(r[0], pattern, r[1])
        handle, groups, names, flags = r
        p = Pattern(pattern, flags, handle, groups, names)
        if len(_cache) > 500:
            _cache.clear()
        _cache[key] = p
    return p


def search(pattern, string, flags=0):
    return compile(pattern, flags).search(string)


def match(pattern, string, flags=0):
    return compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    return compile(pattern, flags).fullmatch(string)


def findall(pattern, string, flags=0):
    return compile(pattern, flags).findall(string)


def finditer(pattern, string, flags=0):
    return compile(pattern, flags).finditer(string)


def split(pattern, string, maxsplit=0, flags=0):
    return compile(pattern, flags).split(string, maxsplit)


def sub(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).subn(repl, string, count)


def escape(pattern):
    if isinstance(pattern, str):
        return "".join("\\" + c if c in _SPECIAL else c for c in pattern)
    return escape(pattern.decode("latin-1")).encode("latin-1")


_SPECIAL = frozenset("()[]{}?*+-|^$\\.&~# \t\n\r\v\f")


def purge():
    _cache.clear()
