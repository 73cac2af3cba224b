# Text in lines.

def dedent(text):
    lines = text.split("\n")
    margin = None
    for line in lines:
        if not line.strip():
            continue
        indent = line[:len(line) - len(line.lstrip(" \t"))]
        if margin is None:
            margin = indent
        else:
            n = 0
            while n < min(len(margin), len(indent)) and margin[n] == indent[n]:
                n += 1
            margin = margin[:n]
    margin = margin or ""
    return "\n".join(line[len(margin):] if line.strip() else "" for line in lines)


def indent(text, prefix, predicate=None):
    return "".join(prefix + line if (predicate(line) if predicate else line.strip()) else line for line in text.splitlines(True))


def wrap(text, width=70, initial_indent="", subsequent_indent="", **kw):
    lines, line = [], None
    for word in text.split():
        lead = subsequent_indent if lines or line is not None else initial_indent
        while True:
            if line is None:
                lead = subsequent_indent if lines else initial_indent
                room = width - len(lead)
                if len(word) > room > 0:
                    lines.append(lead + word[:room])
                    word = word[room:]
                    continue
                line = lead + word
                break
            if len(line) + 1 + len(word) <= width:
                line += " " + word
                break
            lines.append(line)
            line = None
    if line is not None:
        lines.append(line)
    return lines


def fill(text, width=70, **kw):
    return "\n".join(wrap(text, width, **kw))


def shorten(text, width, *, placeholder=" [...]", **kw):
    words = text.split()
    if len(" ".join(words)) <= width:
        return " ".join(words)
    while words and len(" ".join(words)) + len(placeholder) > width:
        words.pop()
    return " ".join(words) + placeholder if words else placeholder.strip()
