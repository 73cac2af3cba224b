# Exceptions of all sorts, often enough to be compiled.
class Plain(Exception):
    pass


class Coded(Exception):
    def __init__(self, code, text="none"):
        super().__init__(code, text)
        self.code = code


class Late(ValueError):
    def __init__(self, n):
        self.n = n

    def __str__(self):
        return "late " + str(self.n)


class Odd(Exception):
    made = 0

    def __new__(cls, *args):
        Odd.made += 1
        return super().__new__(cls, *args)


def thrower(i):
    k = i % 9
    if k == 0:
        raise Plain
    if k == 1:
        raise Plain(i, "two")
    if k == 2:
        raise Coded(i)
    if k == 3:
        raise Late(i)
    if k == 4:
        raise Odd(i)
    if k == 5:
        raise KeyError(i) from Plain("cause")
    if k == 6:
        return {}[i]
    if k == 7:
        raise StopIteration(i)
    return i


def caught(n):
    seen = {}
    total = 0
    for i in range(n):
        try:
            total += thrower(i)
        except (Coded, Late) as e:
            total += e.args[0]
            name = type(e).__name__ + (str(e.code & 1) if isinstance(e, Coded) else str(e)[:4])
        except Plain as e:
            name = "Plain" + str(len(e.args))
        except LookupError as e:
            name = "Lookup" + str(e.__cause__) + str(e.__suppress_context__)
        except StopIteration as e:
            name = "Stop" + str(e.value == i)
        except Exception as e:
            name = type(e).__name__
        else:
            name = "else"
        seen[name] = seen.get(name, 0) + 1
    return total, sorted(seen.items())


print(caught(3000), Odd.made)


def nested(n):
    out = 0
    for i in range(n):
        try:
            try:
                raise Plain(i)
            except Plain as first:
                if i % 2:
                    raise ValueError(i + 1)
                out += first.args[0] & 1
            finally:
                out += 2
        except ValueError as second:
            out += second.args[0] - second.__context__.args[0]
    return out


print(nested(1000))


def reraised(n):
    depth = 0
    for i in range(n):
        try:
            try:
                thrower(9 * i)
            except Plain:
                raise
        except Plain as e:
            t = e.__traceback__
            while t is not None:
                depth += 1
                t = t.tb_next
    return depth


print(reraised(500))


def generator_raises(n):
    def numbers():
        for i in range(n):
            if i == n - 1:
                raise Plain("end")
            yield i

    s = 0
    try:
        for x in numbers():
            s += x
    except Plain as e:
        return s, e.args


for n in (3, 700):
    print(generator_raises(n))


def wrong(n):
    said = set()
    for i in range(n):
        try:
            try:
                raise [Plain, 3, int, Coded][i % 4]
            except (Plain, TypeError) as e:
                said.add(str(e))
                if i % 8 == 0:
                    raise
        except Plain:
            pass
    return sorted(said)


print(wrong(400))


def not_classes(n):
    said = set()
    for i in range(n):
        try:
            try:
                raise Plain
            except (KeyError, 3 if i % 2 else Plain):
                said.add("caught")
        except TypeError as e:
            said.add(str(e))
    return sorted(said)


print(not_classes(300))


def attributes(n):
    s = 0
    for i in range(n):
        e = Late(i)
        e.extra = i * 2
        e.args = (i, i)
        s += e.extra + len(e.args) + e.n
    return s


print(attributes(500))
try:
    raise Coded(7) from Late(3)
except Coded as e:
    print(repr(e), repr(e.__cause__), e.__suppress_context__)
