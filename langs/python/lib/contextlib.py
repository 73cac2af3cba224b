# Tools for `with`.
from abc import ABC


class AbstractContextManager(ABC):
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


class ContextDecorator:
    def _recreate_cm(self):
        return self

    def __call__(self, func):
        def inner(*args, **kw):
            with self._recreate_cm():
                return func(*args, **kw)
        from functools import update_wrapper
        return update_wrapper(inner, func)


class _GeneratorContextManager(ContextDecorator):
    def __init__(self, func, args, kw):
        self.gen = func(*args, **kw)
        self.func, self.args, self.kw = func, args, kw

    def _recreate_cm(self):
        return type(self)(self.func, self.args, self.kw)

    def __enter__(self):
        try:
            return next(self.gen)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, typ, value, traceback):
        if typ is None:
            try:
                next(self.gen)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        if value is None:
            value = typ()
        try:
            self.gen.throw(value)
        except StopIteration as exc:
            return exc is not value
        except RuntimeError as exc:
            if exc is value:
                return False
            if isinstance(value, StopIteration) and exc.__cause__ is value:
                return False
            raise
        except BaseException as exc:
            if exc is not value:
                raise
            return False
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(func):
    def helper(*args, **kw):
        return _GeneratorContextManager(func, args, kw)
    from functools import update_wrapper
    return update_wrapper(helper, func)


class _AsyncGeneratorContextManager:
    def __init__(self, gen):
        self.gen = gen

    async def __aenter__(self):
        return await self.gen.__anext__()

    async def __aexit__(self, typ, value, traceback):
        if typ is None:
            try:
                await self.gen.__anext__()
            except StopAsyncIteration:
                return False
            raise RuntimeError("generator didn't stop")
        try:
            await self.gen.athrow(value)
        except StopAsyncIteration as exc:
            return exc is not value
        except BaseException as exc:
            if exc is not value:
                raise
            return False
        raise RuntimeError("generator didn't stop after athrow()")


def asynccontextmanager(func):
    def helper(*args, **kw):
        return _AsyncGeneratorContextManager(func(*args, **kw))
    return helper


class closing:
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *exc):
        self.thing.close()


class suppress:
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        pass

    def __exit__(self, typ, value, traceback):
        return typ is not None and issubclass(typ, self._exceptions)


class nullcontext:
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *exc):
        pass


class _Redirect:
    def __init__(self, target):
        self._target = target
        self._old = []

    def __enter__(self):
        import sys
        self._old.append(getattr(sys, self._name))
        setattr(sys, self._name, self._target)
        return self._target

    def __exit__(self, *exc):
        import sys
        setattr(sys, self._name, self._old.pop())


class redirect_stdout(_Redirect):
    _name = "stdout"


class redirect_stderr(_Redirect):
    _name = "stderr"


class ExitStack:
    def __init__(self):
        self._exits = []

    def __enter__(self):
        return self

    def enter_context(self, cm):
        cls = type(cm)
        value = cls.__enter__(cm)
        self._exits.append(lambda *exc: cls.__exit__(cm, *exc))
        return value

    def push(self, exit):
        self._exits.append(exit.__exit__ if hasattr(type(exit), "__exit__") else exit)
        return exit

    def callback(self, callback, /, *args, **kw):
        self._exits.append(lambda *exc: callback(*args, **kw) and None)
        return callback

    def pop_all(self):
        r = type(self)()
        r._exits, self._exits = self._exits, []
        return r

    def close(self):
        self.__exit__(None, None, None)

    def __exit__(self, typ, value, traceback):
        pending, suppressed, own = value, False, False
        while self._exits:
            exit = self._exits.pop()
            try:
                if pending is None:
                    r = exit(None, None, None)
                else:
                    r = exit(type(pending), pending, pending.__traceback__)
                if r and pending is not None:
                    pending, suppressed, own = None, True, False
            except BaseException as e:
                pending, own = e, True
        if own:
            raise pending
        return suppressed and pending is None and value is not None
