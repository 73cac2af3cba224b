# Values as packed bytes.
import _pack


class error(Exception):
    pass


_SIZES = {"c": 1, "b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 8, "L": 8, "q": 8, "Q": 8, "n": 8, "N": 8, "e": 2, "f": 4, "d": 8,
          "P": 8}


def _parse(fmt):
    """Yields (code, count, size, alignment) and the byte order."""
    if isinstance(fmt, bytes):
        fmt = fmt.decode()
    order, native = "little", True
    if fmt and fmt[0] in "@=<>!":
        native = fmt[0] == "@"
        order = "big" if fmt[0] in ">!" else "little"
        fmt = fmt[1:]
    items, i = [], 0
    while i < len(fmt):
        c = fmt[i]
        i += 1
        if c.isspace():
            continue
        count = None
        if c.isdigit():
            start = i - 1
            while i < len(fmt) and fmt[i].isdigit():
                i += 1
            count = int(fmt[start:i])
            if i == len(fmt):
                raise error("repeat count given without format specifier")
            c = fmt[i]
            i += 1
        if c in "xsp":
            items.append((c, 1 if count is None else count, 1, 1))
            continue
        if c not in _SIZES or (c in "nNP" and not native):
            raise error("bad char in struct format")
        size = _SIZES[c]
        if not native and c in "lL":
            size = 4
        items.append((c, 1 if count is None else count, size, size if native else 1))
    return items, order


def calcsize(fmt):
    at = 0
    for c, count, size, align in _parse(fmt)[0]:
        at += -at % align + count * size
    return at


def _wanted(items):
    return sum(0 if c == "x" else 1 if c in "sp" else n for c, n, _, _ in items)


def pack(fmt, *values):
    items, order = _parse(fmt)
    n = _wanted(items)
    if n != len(values):
        raise error(f"pack expected {n} items for packing (got {len(values)})")
    out, it = bytearray(), iter(values)
    for c, count, size, align in items:
        out += bytes(-len(out) % align)
        if c == "x":
            out += bytes(count)
        elif c == "s":
            v = next(it)
            if not isinstance(v, (bytes, bytearray)):
                raise error("argument for 's' must be a bytes object")
            out += bytes(v)[:count].ljust(count, b"\0")
        elif c == "p":
            v = bytes(next(it))[:max(count - 1, 0)]
            out += (bytes([len(v)]) + v).ljust(count, b"\0")[:count]
        else:
            for _ in range(count):
                out += _one(c, next(it), size, order)
    return bytes(out)


def _one(c, v, size, order):
    if c == "c":
        if not isinstance(v, bytes) or len(v) != 1:
            raise error("char format requires a bytes object of length 1")
        return v
    if c == "?":
        return b"\1" if v else b"\0"
    if c in "efd":
        try:
            return _pack.float_bits(float(v), size).to_bytes(size, order)
        except TypeError:
            raise error("required argument is not a float") from None
    if not hasattr(v, "__index__"):
        raise error("required argument is not an integer")
    v = v.__index__()
    signed = c.islower()
    low, high = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)
    if not low <= v <= high:
        if size < 8:
            raise error(f"'{c}' format requires {low} <= number <= {high}")
        raise error("int too large to convert")
    return v.to_bytes(size, order, signed=signed)


def unpack_from(fmt, buffer, offset=0):
    items, order = _parse(fmt)
    size = calcsize(fmt)
    data = bytes(buffer[offset:offset + size])
    if len(data) < size:
        raise error(f"unpack_from requires a buffer of at least {size + offset} bytes for unpacking {size} bytes at offset {offset}"
                    f" (actual buffer size is {len(buffer)})")
    out, at = [], 0
    for c, count, n, align in items:
        at += -at % align
        if c == "s":
            out.append(data[at:at + count])
        elif c == "p":
            out.append(data[at + 1:at + 1 + data[at]])
        elif c != "x":
            for k in range(count):
                b = data[at + k * n:at + (k + 1) * n]
                if c == "c":
                    out.append(b)
                elif c == "?":
                    out.append(b != b"\0")
                elif c in "efd":
                    out.append(_pack.bits_float(int.from_bytes(b, order), n))
                else:
                    out.append(int.from_bytes(b, order, signed=c.islower()))
        at += count * n
    return tuple(out)


def unpack(fmt, buffer):
    size = calcsize(fmt)
    if len(buffer) != size:
        raise error(f"unpack requires a buffer of {size} bytes")
    return unpack_from(fmt, buffer)


def pack_into(fmt, buffer, offset, *values):
    data = pack(fmt, *values)
    buffer[offset:offset + len(data)] = data


def iter_unpack(fmt, buffer):
    size = calcsize(fmt)
    for i in range(0, len(buffer), size):
        yield unpack_from(fmt, buffer, i)


class Struct:
    def __init__(self, format):
        self.format = format
        self.size = calcsize(format)

    def pack(self, *values):
        return pack(self.format, *values)

    def unpack(self, buffer):
        return unpack(self.format, buffer)

    def unpack_from(self, buffer, offset=0):
        return unpack_from(self.format, buffer, offset)

    def pack_into(self, buffer, offset, *values):
        pack_into(self.format, buffer, offset, *values)

    def iter_unpack(self, buffer):
        return iter_unpack(self.format, buffer)
