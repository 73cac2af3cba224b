# Built-in iterators in hot loops: what they give, where they end, what goes wrong in the middle.
def gen(n):
    for i in range(n): yield i * 2
def hot(make, k=120):
    t = []
    for _ in range(k):
        t = [x for x in make()]
    return t
print(hot(lambda: enumerate("abc", 5)), hot(lambda: enumerate([7, 8])), hot(lambda: enumerate(gen(3))), hot(lambda: enumerate({1: 2, 3: 4})))
print(hot(lambda: zip([1, 2, 3], (4, 5))), hot(lambda: zip(range(3), enumerate([9, 8, 7]), [1, 2, 3], (0, 0, 0))), hot(lambda: zip()), hot(lambda: zip([1])))
print(hot(lambda: zip(gen(3), [5, 6, 7])), hot(lambda: zip("ab", "cd")), hot(lambda: enumerate(zip([1, 2], [3, 4]))))
print(hot(lambda: map(lambda x: x + 1, [1, 2])), hot(lambda: map(lambda x: -x, gen(3))), hot(lambda: map(lambda x, y: x * y, [1, 2], [3, 4])), hot(lambda: map(str, [1, 2])))
print(hot(lambda: filter(lambda x: x & 1, range(6))), hot(lambda: map(lambda p: p[0] + p[1], enumerate([5, 6]))))
d = {"a": 1, "b": 2, "c": 3}
del d["b"]
print(hot(lambda: d), hot(lambda: d.values()), hot(lambda: d.items()), hot(lambda: {3, 1, 2}), hot(lambda: frozenset([5])), hot(lambda: d.keys()))
print(hot(lambda: "héllo wörld€𝄞x"), hot(lambda: b"ab"), hot(lambda: reversed([1, 2, 3])))
# Iterators keep their place, and stay at the end.
it = enumerate([1, 2, 3, 4])
for i, x in it:
    if i == 1: break
print(list(it), list(it), next(it, "end"))
xs = [1, 2, 3]
it = iter(xs)
for x in it: pass
xs.append(4)
print(list(it))
m = map(lambda x: 10 // x, [1, 0, 5])
out = []
while True:
    try:
        for y in m: out.append(y)
        break
    except ZeroDivisionError as e:
        out.append(str(e))
print(out)
a, b = iter([1, 2, 3]), iter([4])
print(list(zip(a, b)), list(a), list(b))
for strict in ([1, 2], [1]), ([1], [1, 2]), ([1], [2]):
    try: print(list(zip(*strict, strict=True)))
    except ValueError as e: print(e)
# Growing while iterated.
xs = [1]
for x in xs:
    if len(xs) < 300: xs.append(x + 1)
print(len(xs), xs[-1])
for grow in (lambda d: d.update({9: 9}), lambda d: d.pop(1)):
    d = {1: 1, 2: 2}
    try:
        for k in d: grow(d)
    except RuntimeError as e: print(e)
def stops():
    for i in range(3):
        yield i
    raise StopIteration
def mapped(x):
    if x == 4: raise KeyError(x)
    return x
for make in (lambda: map(mapped, gen(9)), lambda: enumerate(stops()), lambda: map(mapped, range(9))):
    seen = []
    try:
        for x in make(): seen.append(x)
    except Exception as e: print(seen, repr(e))
def tail(it):
    for x in it:
        return x
print([tail(map(lambda v: v * 2, [i])) for i in range(200)][-1], tail(enumerate(gen(0))), tail(map(mapped, gen(0))))
# Equality without methods.
class E:
    def __eq__(self, o): return "E"
nan = float("nan")
pairs = [(1, 1), (1, 1.0), ("a", "a"), ("ab", "a" + "b"), ("a", "b"), ("ä", "ä"), (None, None), (None, 0), ((1, 2), (1, 2)), ((1, 2), (1, 3)), ((1,), (1, 2)), (((1, "x"), None), ((1, "x"), None)),
         ((1, (2, (3, (4,)))), (1, (2, (3, (4,))))), (nan, nan), ((nan,), (nan,)), ((float("nan"),), (float("nan"),)), (True, 1), ((True,), (1,)), (10**30, 10**30), ((10**30,), (10**30,)), ("1", 1), ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5)), (E(), 1), ((E(),), (1,)), (1, E())]
for _ in range(60):
    r = [(x == y, x != y) for x, y in pairs]
print(r)
# `in`, in hot loops.
class Eq:
    def __eq__(self, o): return o == 3
    def __hash__(self): return 3
class Sub(list): pass
boxes = [[1, 2, 3], (1, "a", None), {1, "b", 2}, frozenset(["c"]), {1: 2, "d": 3}, "abcd", [1.0, 2.5], [True], (Eq(),), {Eq(): 1}, [Eq(), 3], Sub([4]), range(5), [2**70], {2**70}, [], (), set(), {}, ""]
keys = [1, "a", "b", 3, 4, "", 2**62, 2**70, 0, "d"]
for _ in range(40):
    rows = []
    for b in boxes:
        row = []
        for k in keys:
            try: row.append(int(k in b) - 2 * (k not in b))
            except TypeError as e: row.append(str(e)[:12])
        rows.append(row)
for r in rows: print(r)
