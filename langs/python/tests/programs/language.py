class A:
    def __init__(self, x): self.x = x
    def __add__(self, o): return A(self.x + (o.x if isinstance(o, A) else o))
    __radd__ = __add__
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x < o.x
    def __repr__(self): return f"A({self.x!r:>5})"
    @property
    def dbl(self): return self.x * 2
    @dbl.setter
    def dbl(self, v): self.x = v // 2
    @staticmethod
    def s(a, b=3): return a, b
    @classmethod
    def c(cls, *a, **k): return cls.__name__, a, k
print(A(1) + A(2), A(1) + 5, sum([A(1), A(2)]), A(1) == A(1), A(1) < A(2))
a = A(4); a.dbl = 20; print(a.dbl, a.x, A.s(1), A.c(1, 2, z=3))
def f(a, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw
print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6), f(*[1, 2], **{'c': 9}))
def g():
    try:
        x = yield 1
        yield 2
    finally:
        print("fin")
print(list(g()))
try:
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise ValueError("bad") from e
except ValueError as e:
    print(repr(e), repr(e.__cause__))
finally:
    print("done")
def h():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: return i
        finally:
            print("f", i)
print(h())
class CM:
    def __enter__(self): print("in"); return 7
    def __exit__(self, t, v, tb): print("out", t); return True
with CM() as v:
    print(v); raise KeyError(1)
print(2**100, -7 // 2, 10**20 % 7, 1e16, 1.5e-7, 3.0, '%5.2f|%-4d|%s' % (3.14159, 3, [1]))
a, *b, c = range(5); print(a, b, c)
print({k: v for k, v in zip("abc", range(3))}, {1, 2}, [x for x in range(9) if x % 2], "abc"[::-1])
def rec(n): return rec(n + 1)
try: rec(0)
except RecursionError as e: print("rec", e)
try: print(undefined)
except NameError as e: print(e)
def ub():
    if 0: q = 1
    return q
try: ub()
except UnboundLocalError as e: print(e)
print(max([3, 1, 4]), sorted([3, 1, 2], key=lambda v: -v), 1 < 2 < 3, not 0)
