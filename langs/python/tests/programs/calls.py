# Arguments and parameters of all kinds in hot calls; len() and pop() of everything.
def f0(a, b=2, *, c=3, d): return a, b, c, d
def f1(a, /, b, *rest, k=None): return a, b, rest, k
def f2(*args, **kw): return args, sorted(kw.items())
def f3(a, b=1, c=2): return a, b, c
def f4(a, *, b): return a, b
class P:
    def __init__(self, x, y=5, *, z=6): self.t = (x, y, z)
    def m(self, a, b=7, *r, k=8): return self.t, a, b, r, k
    def __call__(self, a, b=1): return a, b
    def __len__(self): return self.t[0]
def calls(i, p):
    return [f0(i, d=4), f0(i, c=1, d=2, b=9), f0(d=1, a=i), f1(i, 2), f1(i, b=3), f1(i, 2, 3, 4), f1(i, 2, 3, k=9), f2(), f2(1, i, a=2, b=3), f2(a=i), f3(i), f3(i, 2), f3(i, c=7), f3(c=1, b=i, a=3),
            p.m(i), p.m(i, 1, 2, 3), p.m(i, k=1), p.m(b=i, a=2), P(i).t, P(i, z=1).t, P(y=i, x=2).t, p(i), p(i, b=3), f4(i, b=i)]
p = P(1)
r = [calls(i, p) for i in range(150)]
print(r[0]); print(r[149])
bad = [lambda: f0(1), lambda: f0(1, d=2, e=3), lambda: f0(1, 2, 3, d=4), lambda: f0(1, a=2, d=3), lambda: f1(a=1, b=2), lambda: f1(1), lambda: f3(), lambda: f3(1, 2, 3, 4), lambda: f3(1, a=1),
       lambda: f4(1), lambda: f4(1, 2), lambda: f4(b=2), lambda: P(), lambda: P(1, w=2), lambda: p.m(), lambda: p.m(1, a=2), lambda: p.m(1, q=2), lambda: f3(1, **{"b": 2, "d": 3}), lambda: f3(*[1, 2], c=4), lambda: f3(*[1, 2, 3], c=4)]
for _ in range(30):
    out = []
    for b in bad:
        try: out.append(b())
        except TypeError as e: out.append(str(e))
print("\n".join(map(str, out)))
# Defaults that change between calls.
def g(a, b=1, *, c=2): return a, b, c
seen = []
for i in range(200):
    if i == 100: g.__defaults__ = (10,)
    if i == 150: g.__kwdefaults__ = {"c": 20}
    seen.append(g(i, c=5) + g(i))
print(seen[99], seen[100], seen[150])
class L:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
class LL(list):
    def __len__(self): return 42
class LS(list): pass
for v in L(3), L(True), L(-1), L("x"), L(10**30), L(1.5), LL([1]), LS([1, 2]), [1], (1, 2), "héllo", {1: 2}, {1, 2}, frozenset([1]), range(7), b"abc", 5, None, L(0):
    n = []
    for _ in range(60):
        try: n.append(len(v))
        except Exception as e: n.append(f"{type(e).__name__}: {e}")
    print(n[0], n[-1] == n[0], end="; ")
    try: print(bool(v))
    except Exception as e: print(type(e).__name__, e)
def drain(n):
    xs, t = [], []
    for i in range(n): xs.append(i)
    while xs: t.append(xs.pop())
    try: xs.pop()
    except IndexError as e: t.append(str(e))
    ys = LS([1, 2, 3]); t.append(ys.pop()); t.append([1, 2, 3].pop(0))
    return t
for i in range(80): t = drain(i % 5)
print(t)
