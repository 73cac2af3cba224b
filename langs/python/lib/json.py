# JSON by RFC 8259.

class JSONDecodeError(ValueError):
    def __init__(self, msg, doc, pos):
        lineno = doc.count("\n", 0, pos) + 1
        colno = pos - doc.rfind("\n", 0, pos)
        ValueError.__init__(self, f"{msg}: line {lineno} column {colno} (char {pos})")
        self.msg, self.doc, self.pos, self.lineno, self.colno = msg, doc, pos, lineno, colno


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}


def _quote(s, ascii):
    if s.isprintable() and '"' not in s and "\\" not in s and (not ascii or s.isascii()):
        return f'"{s}"'
    out = ['"']
    for c in s:
        if c in _ESCAPES:
            out.append(_ESCAPES[c])
        elif c < " " or (ascii and c > "~"):
            n = ord(c)
            if n > 0xffff:
                n -= 0x10000
                out.append(f"\\u{0xd800 | n >> 10:04x}\\u{0xdc00 | n & 0x3ff:04x}")
            else:
                out.append(f"\\u{n:04x}")
        else:
            out.append(c)
    out.append('"')
    return "".join(out)


class JSONEncoder:
    def __init__(self, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, sort_keys=False, indent=None,
                 separators=None, default=None):
        self.skipkeys, self.ensure_ascii, self.allow_nan, self.sort_keys = skipkeys, ensure_ascii, allow_nan, sort_keys
        self.indent = " " * indent if isinstance(indent, int) else indent
        if separators is not None:
            self.item_separator, self.key_separator = separators
        else:
            self.item_separator, self.key_separator = ", " if indent is None else ",", ": "
        if default is not None:
            self.default = default

    def default(self, o):
        raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable")

    def encode(self, o):
        out = []
        self._write(o, out.append, "\n", set())
        return "".join(out)

    def iterencode(self, o):
        yield self.encode(o)

    def _float(self, o):
        if o != o:
            text = "NaN"
        elif o in (float("inf"), float("-inf")):
            text = "Infinity" if o > 0 else "-Infinity"
        else:
            return float.__repr__(o)
        if not self.allow_nan:
            raise ValueError(f"Out of range float values are not JSON compliant: {o!r}")
        return text

    def _key(self, k):
        if isinstance(k, str):
            return k
        if k is True:
            return "true"
        if k is False:
            return "false"
        if k is None:
            return "null"
        if isinstance(k, float):
            return self._float(k)
        if isinstance(k, int):
            return int.__repr__(k)
        if self.skipkeys:
            return None
        raise TypeError(f"keys must be str, int, float, bool or None, not {type(k).__name__}")

    def _write(self, o, put, newline, busy):
        if isinstance(o, str):
            put(_quote(o, self.ensure_ascii))
        elif o is None:
            put("null")
        elif o is True:
            put("true")
        elif o is False:
            put("false")
        elif isinstance(o, int):
            put(int.__repr__(o))
        elif isinstance(o, float):
            put(self._float(o))
        else:
            if id(o) in busy:
                raise ValueError("Circular reference detected")
            busy.add(id(o))
            if isinstance(o, (list, tuple)):
                self._list(o, put, newline, busy)
            elif isinstance(o, dict):
                self._dict(o, put, newline, busy)
            else:
                self._write(self.default(o), put, newline, busy)
            busy.discard(id(o))

    def _list(self, o, put, newline, busy):
        if not o:
            return put("[]")
        inner, sep = newline, self.item_separator
        put("[")
        if self.indent is not None:
            inner = newline + self.indent
            sep += inner
            put(inner)
        first = True
        for x in o:
            if not first:
                put(sep)
            first = False
            self._write(x, put, inner, busy)
        if self.indent is not None:
            put(newline)
        put("]")

    def _dict(self, o, put, newline, busy):
        if not o:
            return put("{}")
        inner, sep = newline, self.item_separator
        put("{")
        if self.indent is not None:
            inner = newline + self.indent
            sep += inner
            put(inner)
        first = True
        for k, v in sorted(o.items()) if self.sort_keys else o.items():
            k = self._key(k)
            if k is None:
                continue
            if not first:
                put(sep)
            first = False
            put(_quote(k, self.ensure_ascii))
            put(self.key_separator)
            self._write(v, put, inner, busy)
        if self.indent is not None:
            put(newline)
        put("}")


def dumps(obj, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=None, indent=None, separators=None, default=None,
          sort_keys=False, **kw):
    return (cls or JSONEncoder)(skipkeys=skipkeys, ensure_ascii=ensure_ascii, check_circular=check_circular, allow_nan=allow_nan, indent=indent,
                                separators=separators, default=default, sort_keys=sort_keys, **kw).encode(obj)


def dump(obj, fp, **kw):
    fp.write(dumps(obj, **kw))


class JSONDecoder:
    def __init__(self, *, object_hook=None, parse_float=None, parse_int=None, parse_constant=None, strict=True, object_pairs_hook=None):
        self.object_hook, self.object_pairs_hook = object_hook, object_pairs_hook
        self.parse_float, self.parse_int = parse_float or float, parse_int or int
        self.parse_constant = parse_constant or {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}.__getitem__
        self.strict = strict

    def decode(self, s):
        v, end = self.raw_decode(s, self._space(s, 0))
        end = self._space(s, end)
        if end != len(s):
            raise JSONDecodeError("Extra data", s, end)
        return v

    def raw_decode(self, s, idx=0):
        return self._value(s, idx)

    def _space(self, s, i):
        n = len(s)
        while i < n and s[i] in " \t\n\r":
            i += 1
        return i

    def _value(self, s, i):
        c = s[i:i + 1]
        if c == '"':
            return self._string(s, i + 1)
        if c == "{":
            return self._object(s, i)
        if c == "[":
            return self._array(s, i)
        for word, v in (("null", None), ("true", True), ("false", False)):
            if s.startswith(word, i):
                return v, i + len(word)
        for word in ("NaN", "Infinity", "-Infinity"):
            if s.startswith(word, i):
                return self.parse_constant(word), i + len(word)
        return self._number(s, i)

    def _number(self, s, i):
        n, j = len(s), i
        if j < n and s[j] == "-":
            j += 1
        start = j
        while j < n and "0" <= s[j] <= "9":
            j += 1
        if j == start:
            raise JSONDecodeError("Expecting value", s, i)
        if s[start] == "0":
            j = start + 1
        whole = j
        if j + 1 < n and s[j] == "." and "0" <= s[j + 1] <= "9":
            j += 1
            while j < n and "0" <= s[j] <= "9":
                j += 1
        if j < n and s[j] in "eE":
            k = j + 1
            if k < n and s[k] in "+-":
                k += 1
            if k < n and "0" <= s[k] <= "9":
                while k < n and "0" <= s[k] <= "9":
                    k += 1
                j = k
        return (self.parse_int if j == whole else self.parse_float)(s[i:j]), j

    def _string(self, s, i):
        begin, out = i - 1, []
        while True:
            q, b = s.find('"', i), s.find("\\", i)
            if q < 0:
                raise JSONDecodeError("Unterminated string starting at", s, begin)
            end = b if 0 <= b < q else q
            part = s[i:end]
            if self.strict and not part.isprintable():
                for k, c in enumerate(part):
                    if c < " ":
                        raise JSONDecodeError("Invalid control character at", s, i + k)
            if end == q:
                if not out:
                    return part, q + 1
                out.append(part)
                return "".join(out), q + 1
            out.append(part)
            c = s[end + 1:end + 2]
            i = end + 2
            if c == "u":
                code = self._hex(s, i)
                i += 4
                if 0xd800 <= code <= 0xdbff and s[i:i + 2] == "\\u":
                    low = self._hex(s, i + 2)
                    if 0xdc00 <= low <= 0xdfff:
                        code = 0x10000 + (code - 0xd800 << 10) + low - 0xdc00
                        i += 6
                out.append(chr(code) if not 0xd800 <= code <= 0xdfff else "\ufffd")
            elif c in _UNESCAPE:
                out.append(_UNESCAPE[c])
            else:
                raise JSONDecodeError("Invalid \\escape" if c else "Unterminated string starting at", s, end if c else begin)

    def _hex(self, s, i):
        try:
            if len(s[i:i + 4]) == 4 and s[i:i + 4].isalnum():
                return int(s[i:i + 4], 16)
        except ValueError:
            pass
        raise JSONDecodeError("Invalid \\uXXXX escape", s, i - 1)

    def _array(self, s, i):
        out = []
        i = self._space(s, i + 1)
        if s[i:i + 1] == "]":
            return out, i + 1
        while True:
            v, i = self._value(s, i)
            out.append(v)
            i = self._space(s, i)
            c = s[i:i + 1]
            if c == "]":
                return out, i + 1
            if c != ",":
                raise JSONDecodeError("Expecting ',' delimiter", s, i)
            comma = i
            i = self._space(s, i + 1)
            if s[i:i + 1] == "]":
                raise JSONDecodeError("Illegal trailing comma before end of array", s, comma)

    def _object(self, s, i):
        pairs = []
        i = self._space(s, i + 1)
        if s[i:i + 1] != "}":
            while True:
                if s[i:i + 1] != '"':
                    raise JSONDecodeError("Expecting property name enclosed in double quotes", s, i)
                k, i = self._string(s, i + 1)
                i = self._space(s, i)
                if s[i:i + 1] != ":":
                    raise JSONDecodeError("Expecting ':' delimiter", s, i)
                v, i = self._value(s, self._space(s, i + 1))
                pairs.append((k, v))
                i = self._space(s, i)
                c = s[i:i + 1]
                if c == "}":
                    break
                if c != ",":
                    raise JSONDecodeError("Expecting ',' delimiter", s, i)
                comma = i
                i = self._space(s, i + 1)
                if s[i:i + 1] == "}":
                    raise JSONDecodeError("Illegal trailing comma before end of object", s, comma)
        if self.object_pairs_hook is not None:
            return self.object_pairs_hook(pairs), i + 1
        d = dict(pairs)
        return d if self.object_hook is None else self.object_hook(d), i + 1


_UNESCAPE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def loads(s, *, cls=None, **kw):
    if isinstance(s, (bytes, bytearray)):
        s = s.decode("utf-8-sig")
    elif not isinstance(s, str):
        raise TypeError(f"the JSON object must be str, bytes or bytearray, not {type(s).__name__}")
    return (cls or JSONDecoder)(**kw).decode(s)


def load(fp, **kw):
    return loads(fp.read(), **kw)
