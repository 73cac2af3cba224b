# Which methods of two operands are called, in what order, and each only once.
class A:
    def __mul__(self, o): print('mul'); return NotImplemented
    def __rmul__(self, o): print('rmul'); return NotImplemented
    def __lt__(self, o): print('lt'); return NotImplemented
    def __imul__(self, o): print('imul'); return NotImplemented
class B:
    def __rmul__(self, o): print('Brmul'); return NotImplemented
    def __gt__(self, o): print('Bgt'); return NotImplemented
def run():
    for f in (lambda: A()*2, lambda: 2*A(), lambda: A()*B(), lambda: A()*A(), lambda: A()<B(), lambda: A()<A(), lambda: A()<2, lambda: [1]*A(), lambda: "s"*A()):
        try: f()
        except TypeError as e: print(e)
    a = A()
    try: a *= B()
    except TypeError as e: print(e)
    try: a *= A()
    except TypeError as e: print(e)
for i in range(12): run()
class Q:
    def __init__(self, v): self.v = v
    def __add__(self, o): return ('add', self.v)
    def __radd__(self, o): return ('radd', self.v)
    def __lt__(self, o): return 'lt'
    def __gt__(self, o): return 'gt'
class R(Q):
    def __add__(self, o): return ('Radd', self.v)
class S(Q):
    def __radd__(self, o): return ('Sradd', self.v)
class T(Q):
    def __gt__(self, o): return 'Tgt'
print(Q(1)+R(2), Q(1)+S(2), R(1)+Q(2), R(1)+S(2), Q(1)<R(2), Q(1)<T(2))
class I(int):
    def __add__(self, o): return 'Iadd'
class J(int):
    def __radd__(self, o): return 'Jradd'
print(1+I(2), 1+J(2), I(1)+J(2), I(1)+1, J(1)+1)
class D(Q):
    pass
D.__radd__ = lambda self, o: 'Dradd'
print(Q(1)+D(2))
print(sum([Q(8), R(7)], Q(1)), sum([S(3)], Q(1)))
def g():
    yield Q(8); yield R(7)
def g2():
    yield S(8)
print(sum(g(), Q(1)), sum(g2(), Q(1)))
