# Tracebacks as CPython 3.14 prints them.
import sys
def f(a, b):
    return (a +
            b)
def g(x):
    y = x["k"]["j"] + 1
    return f(y, "a")
class A:
    def m(self): return self.foo
def run(fn):
    try: fn()
    except BaseException:
        import traceback; print(traceback.format_exc().replace(__file__, "FILE"))
def t1(): g({"k": {"j": 3}})
def t2(): A().m()
def t3(): [1,2,3][10] + 5
def t4(): x = undefined_name
def t5():
    try: 1/0
    except ZeroDivisionError as e: raise ValueError("v") from e
def t6():
    try: 1/0
    except ZeroDivisionError: {}["k"]
def t7(): f(1)
def t8(): a, b = [1]
def t9(): raise ExceptionGroup("eg", [ValueError(1), TypeError("t")])
def t10(): (lambda: 1/0)()
def t11():
    e = ValueError("noted"); e.add_note("n1"); e.add_note("n2"); raise e
def t12(): assert 1 == 2, "msg"
def t13(): print(  f(   1,2) // 0  )
def t14(): import nonexistent_mod
def t15(): "abc".uper()
def t16(): for_ = 1; return fro_

for t in [t1,t2,t3,t4,t5,t6,t7,t8,t9,t10,t11,t12,t13,t14,t15,t16]: run(t)
