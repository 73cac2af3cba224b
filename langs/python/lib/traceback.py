# Tracebacks as text.
import sys as _sys
import _errors


def format_exception(exc, value=None, tb=None, limit=None, chain=True):
    e = exc if isinstance(exc, BaseException) else value
    return _errors.format(e).splitlines(True)


def format_exc(limit=None, chain=True):
    e = _sys.exception()
    return _errors.format(e) if e is not None else "NoneType: None\n"


def print_exc(limit=None, file=None, chain=True):
    print(format_exc(), end="", file=file or _sys.stderr)


def print_exception(exc, value=None, tb=None, limit=None, file=None, chain=True):
    print("".join(format_exception(exc, value)), end="", file=file or _sys.stderr)


def format_exception_only(exc, value=None):
    e = exc if isinstance(exc, BaseException) else value
    text = str(e)
    name = type(e).__qualname__
    return [f"{name}: {text}\n" if text else f"{name}\n"]


def format_tb(tb, limit=None):
    out = []
    while tb is not None:
        code = tb.tb_frame.f_code
        out.append(f'  File "{code.co_filename}", line {tb.tb_lineno}, in {code.co_name}\n')
        tb = tb.tb_next
    return out


def print_tb(tb, limit=None, file=None):
    print("".join(format_tb(tb)), end="", file=file or _sys.stderr)


def extract_tb(tb, limit=None):
    return format_tb(tb)


def print_stack(f=None, limit=None, file=None):
    pass
