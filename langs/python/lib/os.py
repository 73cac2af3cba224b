# The operating system: files, folders, the environment.
import sys as _sys
import posixpath as path
import _files
from posixpath import curdir, pardir, sep, extsep, pathsep, altsep, devnull, fspath
from _files import chdir, getcwd, getpid, listdir, remove, rename, rmdir, urandom

_sys.modules["os.path"] = path
__path__ = []
name = "posix"
linesep = "\n"
error = OSError
unlink = remove
replace = rename
_exit = _files.exit
environ = _files.environ()
F_OK, R_OK, W_OK, X_OK = 0, 4, 2, 1
O_RDONLY, O_WRONLY, O_RDWR, O_CREAT = 0, 1, 2, 64


def getenv(key, default=None):
    return environ.get(key, default)


def putenv(key, value):
    environ[key] = value


def listdir(path="."):
    return _files.listdir(fspath(path))


def mkdir(path, mode=0o777):
    _files.mkdir(path, False)


def makedirs(name, mode=0o777, exist_ok=False):
    if path.exists(name):
        if exist_ok and path.isdir(name):
            return
        raise FileExistsError(17, "File exists", name)
    _files.mkdir(name, True)


def access(p, mode):
    return path.exists(p)


def cpu_count():
    return 1


def getlogin():
    return environ.get("USER", "")


def get_terminal_size(fallback=(80, 24)):
    return terminal_size((80, 24))


class terminal_size(tuple):
    columns = property(lambda self: self[0])
    lines = property(lambda self: self[1])


class PathLike:
    @classmethod
    def __subclasshook__(cls, c):
        return hasattr(c, "__fspath__")


class stat_result(tuple):
    st_mode = property(lambda self: self[0])
    st_ino = property(lambda self: self[1])
    st_nlink = property(lambda self: self[3])
    st_uid = property(lambda self: self[4])
    st_gid = property(lambda self: self[5])
    st_size = property(lambda self: self[6])
    st_mtime = property(lambda self: self[8])


def stat(path, *, follow_symlinks=True):
    mode, size, mtime, ino, links, uid, gid = _files.stat(fspath(path), follow_symlinks)
    return stat_result((mode, ino, 0, links, uid, gid, size, mtime, mtime, mtime))


def lstat(path):
    return stat(path, follow_symlinks=False)


class DirEntry:
    def __init__(self, folder, name):
        self.name = name
        self.path = path.join(folder, name)

    def is_dir(self, *, follow_symlinks=True):
        return path.isdir(self.path)

    def is_file(self, *, follow_symlinks=True):
        return path.isfile(self.path)

    def is_symlink(self):
        return path.islink(self.path)

    def stat(self, *, follow_symlinks=True):
        return stat(self.path, follow_symlinks=follow_symlinks)

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"


class scandir:
    def __init__(self, path="."):
        self._it = iter([DirEntry(path, n) for n in listdir(path)])

    def __iter__(self):
        return self._it

    def __next__(self):
        return next(self._it)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass


def walk(top, topdown=True, onerror=None, followlinks=False):
    dirs, files = [], []
    try:
        names = listdir(top)
    except OSError as e:
        if onerror:
            onerror(e)
        return
    for n in names:
        (dirs if path.isdir(path.join(top, n)) else files).append(n)
    if topdown:
        yield top, dirs, files
    for d in dirs:
        p = path.join(top, d)
        if followlinks or not path.islink(p):
            yield from walk(p, topdown, onerror, followlinks)
    if not topdown:
        yield top, dirs, files
