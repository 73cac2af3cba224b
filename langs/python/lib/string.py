# Kinds of characters, and templates.
whitespace = " \t\n\r\v\f"
ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ascii_letters = ascii_lowercase + ascii_uppercase
digits = "0123456789"
hexdigits = digits + "abcdef" + "ABCDEF"
octdigits = "01234567"
punctuation = r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""
printable = digits + ascii_letters + punctuation + whitespace


def capwords(s, sep=None):
    return (sep or " ").join(map(str.capitalize, s.split(sep)))


class Template:
    delimiter = "$"

    def __init__(self, template):
        self.template = template

    def _expand(self, mapping, safe):
        s, out, i = self.template, [], 0
        while i < len(s):
            j = s.find(self.delimiter, i)
            if j < 0:
                break
            out.append(s[i:j])
            i = j + 1
            if s[i:i + 1] == self.delimiter:
                out.append(self.delimiter)
                i += 1
                continue
            braced = s[i:i + 1] == "{"
            k = i + braced
            end = k
            while end < len(s) and (s[end] == "_" or s[end].isalnum()) and s[end].isascii():
                end += 1
            name = s[k:end]
            if not name or name[0].isdigit() or (braced and s[end:end + 1] != "}"):
                if safe:
                    out.append(self.delimiter)
                    continue
                line = s.count("\n", 0, j) + 1
                raise ValueError(f"Invalid placeholder in string: line {line}, col {j - s.rfind(chr(10), 0, j)}")
            end += braced
            if safe and name not in mapping:
                out.append(s[j:end])
            else:
                out.append(str(mapping[name]))
            i = end
        out.append(s[i:])
        return "".join(out)

    def substitute(self, mapping={}, /, **kw):
        return self._expand({**mapping, **kw}, False)

    def safe_substitute(self, mapping={}, /, **kw):
        return self._expand({**mapping, **kw}, True)


class Formatter:
    def format(self, format_string, /, *args, **kw):
        return format_string.format(*args, **kw)

    def vformat(self, format_string, args, kw):
        return format_string.format(*args, **kw)
