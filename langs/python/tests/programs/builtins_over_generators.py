# Builtins that take all items of a generator: the twins in lib/_twins.py, and what Rust does with lists, must agree.
def g(n):
    for i in range(n): yield i
print(sum(g(10)), sum((x * 0.1 for x in g(10)), 5), any(x > 3 for x in g(5)), all(x > 3 for x in g(5)))
print(list(g(4)), tuple(g(4)), set(g(4)), frozenset(g(3)), sorted((-x for x in g(4))), min(g(3)), max(g(3)))
print("-".join(str(x) for x in g(4)), sum([[1], [2]], []), sum((x for x in [[1], [2]]), []))
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return self.n
print(sum(It(5)), list(It(3)), max(It(9)), "".join(str(c) for c in It(3)))
class S:
    def __init__(self, n): self.n = n
    def __iter__(self): return iter(range(self.n))
print(sum(S(5)), list(S(3)))
for f in (lambda: min(g(0)), lambda: max(g(0)), lambda: sum((x for x in ["a"])), lambda: sum(iter("ab"), ""), lambda: sum((c for c in "ab"), ""),
          lambda: ",".join(g(3)), lambda: sorted(x for x in [1, "a"]), lambda: set([x] for x in g(2))):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(sum([0.1] * 10), sum(0.1 for _ in range(10)), sum([1e100, 1.0, -1e100]), sum(x for x in [1e100, 1.0, -1e100]), sum([1, 2.5, 3]), sum(x for x in [True, 2.5, 10**30]))
def boom():
    yield 1
    raise ValueError("boom")
def run():
    return sum(boom())
import sys
try: run()
except ValueError as e:
    tb = e.__traceback__; n = []
    while tb: n.append(tb.tb_lineno); tb = tb.tb_next
    print(n)
class L(list): pass
print(L(g(3)), type(L(g(3))).__name__, type(5), type(5.0), type(None), type(g), type(L()), type(type), type(True))
def forever():
    n = 0
    while True:
        yield n
        n += 1
it = forever()
print(any(x > 3 for x in it), next(it), all(x < 9 for x in it), next(it))
def nested(n):
    return sum(sum(x for x in g(i)) for i in range(n))
print(nested(60), [max(y for y in g(i + 1)) for i in range(5)])
total = 0
for k in range(300):
    total += sum(x * x for x in range(20) if x & 1) + len(list(c for c in "abc")) + any(x == k for x in g(3))
print(total)
print(1 << 70, 3 ** 80, -7 // 2, 7 % -3, 1 / 4, 2 ** -1, 1.5 * 2, 10 ** 30, 1 << 200, ~5 + 1, 0xff & 0x0f | 1 << 8)
for f in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1 << -1, lambda: 1 @ 2, lambda: 2.0 ** 10000, lambda: 1.5 | 2):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
for a in (1, 2 ** 53, 2 ** 53 + 1, -2 ** 53 - 1, 10 ** 30, True):
    for b in (1.0, 0.5, 2.0 ** 53, -(2.0 ** 53), 1e30, float("nan"), float("inf")):
        print(int(a < b), int(a <= b), int(a == b), int(a != b), int(a > b), int(a >= b), int(b < a), int(b == a), end=" ")
print()
# With keys.
xs = [(i * 7919) % 101 for i in range(60)]
def neg(x): return -x
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return self.v < o.v
    def __gt__(self, o): return self.v > o.v
    def key(self, x): return (x % 7, x)
for _ in range(40):
    ys = list(xs); ys.sort(key=neg)
    zs = list(xs); zs.sort(key=lambda x: x % 5, reverse=True)
    r = [sorted(xs, key=neg)[:5], sorted(xs, key=lambda x: x % 10)[:8], sorted((x for x in xs), key=neg, reverse=True)[:5], sorted(xs, reverse=True, key=neg)[:3], ys[:4], zs[:6],
         min(xs, key=neg), max(xs, key=neg), min((x for x in xs), key=lambda x: abs(x - 50)), max("hello", key=lambda c: (c == "l", c)), sorted(xs, key=K)[:3], max(xs, key=K), sorted(xs, key=K(0).key)[:4], sorted("bca", key=str), min([3, 1], key=None), sorted({3: 1, 1: 2}, key=lambda k: k)]
print(r)
def bad(x): raise KeyError(x)
lst = [3, 1, 2]
def sneaky(x):
    lst.append(x)
    return x
for f in (lambda: sorted(xs, key=bad), lambda: min([], key=neg), lambda: max((x for x in []), key=neg), lambda: sorted([1, 2], key=lambda x: [x, "a"][x - 1]), lambda: [1].sort(key=bad), lambda: lst.sort(key=sneaky), lambda: sorted(5, key=neg), lambda: sorted(xs, key=neg, foo=1), lambda: min(xs, key=lambda: 1), lambda: sorted(xs, lambda x: x)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(lst)
