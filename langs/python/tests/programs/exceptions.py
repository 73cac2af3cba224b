# Exceptions made, raised, matched and handled in compiled code, from Python functions and from builtins.
class A(Exception): pass
class B(A):
    def __init__(self, code, msg):
        super().__init__(msg)
        self.code = code
        self.extra1 = 1; self.extra2 = 2; self.extra3 = 3; self.extra4 = 4
class C(Exception):
    def __new__(cls, *a):
        e = super().__new__(cls, *a); e.tag = 't'; return e
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1
        return self.n
class It2(It):
    def __next__(self):
        if self.n <= 0: raise StopIteration('done', 5)
        self.n -= 2
        return self.n
class Bare:
    def __init__(self):
        super().__init__()
        self.x = 1
def f(i):
    k = i % 9
    if k == 0: raise A
    if k == 1: raise A('x', i)
    if k == 2: raise B(i, 'msg')
    if k == 3: raise C(i)
    if k == 4: return {}[i]
    if k == 5: return 1 // (i - i)
    if k == 6: raise OSError(2, 'no', 'file')
    if k == 7:
        try: raise ValueError(i)
        except ValueError as e: raise KeyError(i) from (e if i & 1 else None)
    return Bare().x
def main(n):
    s = 0
    log = {}
    for i in range(n):
        try:
            s += f(i)
        except (A, C) as e:
            s += len(e.args)
            log[type(e).__name__] = (repr(e), getattr(e, 'code', None), getattr(e, 'tag', None), e.__dict__ if isinstance(e, B) else None)
        except (KeyError, ZeroDivisionError) as e:
            log[type(e).__name__] = (str(e), repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
            try:
                try:
                    raise
                except LookupError as e2:
                    raise RuntimeError('again')
            except RuntimeError as r:
                log['ctx'] = (repr(r.__context__), repr(r.__context__.__context__))
            except ArithmeticError as r:
                s += 100
        except OSError as e:
            s += e.errno; log['os'] = (str(e), e.filename)
        else:
            s += 1
    for it in (It(50), It2(50)):
        for x in it: s += x
    def g():
        try:
            yield 1
            return 'r'
        finally:
            nonlocal s
            s += 7
    for _ in range(200):
        it = g(); next(it)
        try: next(it)
        except StopIteration as e: s += len(e.value) + len(e.args)
        try: next(it)
        except StopIteration as e: assert e.value is None and e.args == ()
    for x in [StopIteration(), StopIteration(1), StopIteration(1, 2), A(), A(1)]:
        print(repr(x), getattr(x, 'value', '-'), x.args)
    try: raise 5
    except TypeError as e: print(e)
    try: raise A from 5
    except TypeError as e: print(e)
    try:
        try: raise A
        except 5: pass
    except TypeError as e: print(e)
    try:
        try: raise A
        except (KeyError, 5): pass
    except TypeError as e: print(e)
    try: raise
    except RuntimeError as e: print(e)
    for k in sorted(log): print(k, log[k])
    return s
print(main(4000))
try:
    f(7)
except KeyError:
    pass
def gen():
    yield 1
    raise StopIteration(3)
try:
    for x in gen(): pass
except RuntimeError as e: print(repr(e), repr(e.__cause__))
def deep(n):
    if n == 0: raise A('deep')
    try: deep(n - 1)
    except A as e:
        if n % 3 == 0: raise
        raise B(n, 'm') from e
for i in range(300):
    try: deep(9)
    except A as e:
        n = 0; t = e.__traceback__
        while t: n += 1; t = t.tb_next
        c = 0; x = e
        while x.__context__: c += 1; x = x.__context__
print(n, c)
