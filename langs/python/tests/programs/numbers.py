"""Integers around 64 and 128 bits, comparisons of unlike types, and loops whose variables change their type."""

def outcome(f, x, y):
    try:
        return f(x, y)
    except (ZeroDivisionError, ValueError) as e:
        return type(e).__name__

OPERATORS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "//": lambda x, y: x // y,
    "%": lambda x, y: x % y,
    "&": lambda x, y: x & y,
    "|": lambda x, y: x | y,
    "^": lambda x, y: x ^ y,
    "<": lambda x, y: x < y,
    "==": lambda x, y: x == y,
    "<<": lambda x, y: x << (y & 127),
    ">>": lambda x, y: x >> (y & 255),
}

def edges():
    numbers = {0, 3, 7}
    for bits in (31, 61, 62, 63, 64, 65, 126, 127, 128):
        for d in (-1, 0, 1):
            numbers.add((1 << bits) + d)
    return sorted(numbers | {-n for n in numbers})

def integers():
    numbers = edges()
    for name, f in OPERATORS.items():
        total = 0
        errors = 0
        for x in numbers:
            for y in numbers:
                r = outcome(f, x, y)
                if isinstance(r, str):
                    errors += 1
                else:
                    total = (total * 31 + r) % ((1 << 89) - 1)
        print(name, total, errors)

def unlike():
    values = [0, 1, True, 1.0, 0.5, "a", "", None, 1 << 70, float(1 << 70), (1,), 2**53, 2.0**53, 2**53 + 1]
    for x in values:
        print("".join("=" if x == y else "." for y in values), "".join("#" if x != y else "." for y in values))

def ordered():
    values = [-(1 << 70), -1, 0, 0.5, 1, 2**53, 2.0**53, 2**53 + 1, 1 << 70, 1e30, float("inf"), float("nan")]
    for x in values:
        print("".join("<" if x < y else ">" if x > y else "=" if x == y else "?" for y in values))

def power(x, k):
    r = x
    while k > 0:
        r = r * x
        k -= 1
    return r

def at_two_types(n):
    s = 0.0
    for i in range(n):
        s += power(1.5, 5)
        s += power(3, 50)
    return s

def words(n):
    v = c = 0
    for i in range(n):
        if v == "a":
            c += 1
            v = i
        elif i % 5 == 0:
            v = "a"
        elif v != None:
            v = None
        else:
            v = i * 0.5
    return c, v

def swapped(n):
    a, b = 0, 0.0
    for i in range(n):
        a, b = b, a
        a += 1
    return a, b

def growing(n):
    x = 1
    s = 0
    for i in range(n):
        x = x * 3 + i
        if x > 1 << 90:
            x = i
        s ^= x & 0xff
    return x, s

integers()
unlike()
ordered()
print(at_two_types(300), words(1000), swapped(1001), growing(1000))

def exchanged(n):
    a, b = 0, 0.5
    for i in range(n):
        a, b = b + 1, a + 1
    return a, b

print(exchanged(1000), exchanged(1001))
