# Paths as POSIX writes them.
import _files

sep, curdir, pardir, extsep, pathsep, altsep, defpath, devnull = "/", ".", "..", ".", ":", None, "/bin:/usr/bin", "/dev/null"


def fspath(p):
    return p if isinstance(p, (str, bytes)) else type(p).__fspath__(p)


def join(a, *rest):
    path = fspath(a)
    for b in rest:
        b = fspath(b)
        if b.startswith("/"):
            path = b
        elif not path or path.endswith("/"):
            path += b
        else:
            path += "/" + b
    return path


def split(p):
    p = fspath(p)
    i = p.rfind("/") + 1
    head, tail = p[:i], p[i:]
    if head and head != "/" * len(head):
        head = head.rstrip("/")
    return head, tail


def basename(p):
    return split(p)[1]


def dirname(p):
    return split(p)[0]


def splitext(p):
    p = fspath(p)
    i, dot = p.rfind("/"), p.rfind(".")
    if dot > i and p[i + 1:dot].strip("."):
        return p[:dot], p[dot:]
    return p, ""


def splitdrive(p):
    return "", p


def isabs(p):
    return fspath(p).startswith("/")


def normpath(p):
    p = fspath(p)
    if not p:
        return "."
    slashes = 2 if p.startswith("//") and not p.startswith("///") else 1 if p.startswith("/") else 0
    out = []
    for part in p.split("/"):
        if part in ("", "."):
            continue
        if part != ".." or (not slashes and not out) or (out and out[-1] == ".."):
            out.append(part)
        elif out:
            out.pop()
    return "/" * slashes + "/".join(out) or "."


def abspath(p):
    p = fspath(p)
    return normpath(p if isabs(p) else join(_files.getcwd(), p))


realpath = abspath


def relpath(path, start="."):
    a, b = [[x for x in abspath(p).split("/") if x] for p in (start, path)]
    n = len(commonprefix([a, b]))
    return "/".join([".."] * (len(a) - n) + b[n:]) or "."


def commonprefix(m):
    if not m:
        return ""
    a, b = min(m), max(m)
    for i, c in enumerate(a):
        if c != b[i]:
            return a[:i]
    return a


def commonpath(paths):
    parts = [[x for x in fspath(p).split("/") if x and x != "."] for p in paths]
    return ("/" if fspath(paths[0]).startswith("/") else "") + "/".join(commonprefix(parts))


def _stat(p, follow=True):
    try:
        return _files.stat(fspath(p), follow)
    except OSError:
        return None


def exists(p):
    return _stat(p) is not None


def lexists(p):
    return _stat(p, False) is not None


def isfile(p):
    s = _stat(p)
    return s is not None and s[0] & 0o170000 == 0o100000


def isdir(p):
    s = _stat(p)
    return s is not None and s[0] & 0o170000 == 0o040000


def islink(p):
    s = _stat(p, False)
    return s is not None and s[0] & 0o170000 == 0o120000


def getsize(p):
    return _files.stat(fspath(p), True)[1]


def getmtime(p):
    return _files.stat(fspath(p), True)[2]


def expanduser(p):
    p = fspath(p)
    if p == "~" or p.startswith("~/"):
        return _files.environ().get("HOME", "~") + p[1:]
    return p


def expandvars(p):
    env = _files.environ()
    for k in sorted(env, key=len, reverse=True):
        p = p.replace("${" + k + "}", env[k]).replace("$" + k, env[k])
    return p
