# Files: read whole when opened, written when closed or flushed.
import _files


class UnsupportedOperation(OSError, ValueError):
    pass


class _Base:
    closed = False

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, *exc):
        self.close()

    def __iter__(self):
        self._check()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _check(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def readlines(self, hint=-1):
        lines, n = [], 0
        for line in self:
            lines.append(line)
            n += len(line)
            if 0 < hint <= n:
                break
        return lines

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def readable(self):
        return True

    def writable(self):
        return True

    def seekable(self):
        return True

    def isatty(self):
        return False

    def flush(self):
        self._check()

    def close(self):
        self.closed = True


class _Memory(_Base):
    """Text or bytes in memory, with a position."""

    def __init__(self, initial, empty, newline):
        self._data = initial
        self._pos = 0
        self._empty = empty
        self._newline = newline
        self._parts = None

    def _join(self):
        # Appended parts are joined when something looks at the whole.
        if self._parts:
            self._data += self._empty.join(self._parts)
        self._parts = None

    def getvalue(self):
        self._check()
        self._join()
        return self._data

    def read(self, size=-1):
        self._check()
        self._join()
        end = len(self._data) if size is None or size < 0 else self._pos + size
        r = self._data[self._pos:end]
        self._pos += len(r)
        return r

    def readline(self, size=-1):
        self._check()
        self._join()
        i = self._data.find(self._newline, self._pos)
        end = len(self._data) if i < 0 else i + 1
        if size is not None and 0 <= size < end - self._pos:
            end = self._pos + size
        r = self._data[self._pos:end]
        self._pos = max(self._pos, end)
        return r

    def write(self, s):
        self._check()
        n = len(s)
        if self._parts is not None:
            self._parts.append(s)
        elif self._pos == len(self._data):
            self._parts = [s]
        else:
            if self._pos > len(self._data):
                self._data += self._pad() * (self._pos - len(self._data))
            self._data = self._data[:self._pos] + s + self._data[self._pos + n:]
        self._pos += n
        return n

    def _pad(self):
        return "\0" if self._empty == "" else b"\0"

    def seek(self, pos, whence=0):
        self._check()
        self._join()
        if whence == 1:
            pos += self._pos
        elif whence == 2:
            pos += len(self._data)
        if pos < 0:
            raise ValueError(f"negative seek value {pos}")
        self._pos = pos
        return pos

    def tell(self):
        self._check()
        return self._pos

    def truncate(self, size=None):
        self._join()
        self._data = self._data[:self._pos if size is None else size]
        return len(self._data)


class StringIO(_Memory):
    def __init__(self, initial_value="", newline="\n"):
        super().__init__(initial_value or "", "", "\n")

    def write(self, s):
        if not isinstance(s, str):
            raise TypeError(f"string argument expected, got '{type(s).__name__}'")
        return super().write(s)


class BytesIO(_Memory):
    def __init__(self, initial_bytes=b""):
        super().__init__(bytes(initial_bytes), b"", b"\n")

    def write(self, s):
        return super().write(bytes(s))

    def getbuffer(self):
        return self.getvalue()


class _File(_Memory):
    def __init__(self, name, mode, data, encoding, errors):
        text = "b" not in mode
        if text:
            data = data.decode(encoding or "utf-8", errors or "strict").replace("\r\n", "\n").replace("\r", "\n")
        super().__init__(data, "" if text else b"", "\n" if text else b"\n")
        self.name = name
        self.mode = mode
        self.encoding = encoding or "utf-8"
        self.errors = errors or "strict"
        self._text = text
        self._dirty = False
        if "a" in mode:
            self._pos = len(data)

    def __repr__(self):
        if self._text:
            return f"<_io.TextIOWrapper name={self.name!r} mode={self.mode!r} encoding='UTF-8'>"
        return f"<_io.Buffered{'Reader' if self.mode == 'rb' else 'Writer'} name={self.name!r}>"

    def readable(self):
        return "r" in self.mode or "+" in self.mode

    def writable(self):
        return self.mode.rstrip("bt") != "r"

    def read(self, size=-1):
        if not self.readable():
            raise UnsupportedOperation("not readable" if self._text else "read")
        return super().read(size)

    def readline(self, size=-1):
        if not self.readable():
            raise UnsupportedOperation("not readable" if self._text else "read")
        return super().readline(size)

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def write(self, s):
        self._check()
        if not self.writable():
            raise UnsupportedOperation("not writable" if self._text else "write")
        if self._text and not isinstance(s, str):
            raise TypeError(f"write() argument must be str, not {type(s).__name__}")
        if not self._text:
            if isinstance(s, str):
                raise TypeError("a bytes-like object is required, not 'str'")
            s = bytes(s)
        self._dirty = True
        return super().write(s)

    def truncate(self, size=None):
        self._dirty = True
        return super().truncate(size)

    def flush(self):
        self._check()
        if self._dirty:
            data = self.getvalue()
            _files.write(self.name, data.encode(self.encoding, self.errors) if self._text else data, "w")
            self._dirty = False

    def fileno(self):
        raise UnsupportedOperation("fileno")

    def close(self):
        if not self.closed:
            self.flush()
            self.closed = True
            _open.discard(self)

    @property
    def buffer(self):
        return self


_open = set()


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if not isinstance(mode, str):
        raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
    for c in mode:
        if c not in "rwaxbt+":
            raise ValueError(f"invalid mode: {mode!r}")
    kinds = [c for c in mode if c in "rwax"]
    if len(kinds) != 1:
        raise ValueError("must have exactly one of create/read/write/append mode")
    if "b" in mode and "t" in mode:
        raise ValueError("can't have text and binary mode at once")
    if "b" in mode and encoding is not None:
        raise ValueError("binary mode doesn't take an encoding argument")
    data = b""
    if kinds[0] == "r":
        data = _files.read(file)
    elif kinds[0] == "a":
        _files.write(file, b"", "a")
        data = _files.read(file)
    else:
        _files.write(file, b"", kinds[0])
    f = _File(file, mode, data, encoding, errors)
    if mode.rstrip("bt") != "r":
        _open.add(f)
    return f


def close_all():
    """At exit: what was written is not lost."""
    for f in list(_open):
        f.close()


class StandardInput(_Base):
    name = "<stdin>"
    encoding = "utf-8"
    mode = "r"

    def read(self, size=-1):
        return _files.stdin_read()

    def readline(self, size=-1):
        return _files.stdin_line()

    def fileno(self):
        return 0

    def close(self):
        pass


class _Raw:
    def __init__(self, number):
        self._number = number

    def write(self, data):
        _files.write_std(self._number, bytes(data))
        return len(data)

    def flush(self):
        _files.flush_std()


class StandardOutput(_Base):
    encoding = "utf-8"
    errors = "strict"
    mode = "w"

    def __init__(self, number):
        self._number = number
        self.name = "<stdout>" if number == 1 else "<stderr>"
        self.buffer = _Raw(number)

    def write(self, s):
        if not isinstance(s, str):
            raise TypeError(f"write() argument must be str, not {type(s).__name__}")
        _files.write_std(self._number, s.encode())
        return len(s)

    def flush(self):
        _files.flush_std()

    def fileno(self):
        return self._number

    def close(self):
        pass


stdin = StandardInput()
stdout = StandardOutput(1)
stderr = StandardOutput(2)
