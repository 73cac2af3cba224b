from _io import BytesIO, StringIO, UnsupportedOperation, open, _Base as IOBase

TextIOBase = RawIOBase = BufferedIOBase = TextIOWrapper = IOBase
SEEK_SET, SEEK_CUR, SEEK_END = 0, 1, 2
DEFAULT_BUFFER_SIZE = 8192
