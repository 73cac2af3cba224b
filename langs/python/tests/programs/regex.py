import re
tests = [(r'a*', 'aab'), (r'(\w+) (\w+)', 'hello world foo bar'), (r'(?P<y>\d{4})-(?P<m>\d\d)', 'on 2024-05 and 1999-12'), (r'x*', 'abc'), (r'(a|b)*c', 'ababc'), (r'^\w+$', 'one\ntwo'), (r'(?m)^\w+$', 'one\ntwo'), (r'a.c', 'a\nc abc'), (r'(?s)a.c', 'a\nc'), (r'(?i)HeLLo', 'hello HELLO'), (r'(\w)\1', 'aabbc'), (r'(?<=a)b', 'ab cb'), (r'(?<!a)b', 'ab cb'), (r'a(?=b)', 'ab ac'), (r'a(?!b)', 'ab ac'), (r'[^aeiou\s]+', 'the quick'), (r'\bfoo\b', 'foo foobar'), (r'a{2,3}?', 'aaaa'), (r'(a+)+b', 'aaaab'), (r'(?:ab)+', 'ababab'), (r'[a-c-]+', 'a-c'), (r'\d+(?:\.\d+)?', '1 2.5 .3'), (r'(?x) a b  # c', 'ab'), (r'(a)|(b)', 'ab'), (r'\$\{(\w+)\}', '${x} ${yy}'), (r'"(?:[^"\\]|\\.)*"', r'"a\"b" "c"'), (r'é+', 'éé'), (r'(?>a+)b', 'aaab'), (r'a*+b', 'aab'), (r'(a)?(?(1)b|c)', 'ab c'), (r'', 'ab')]
for p, s in tests:
    print(p, re.findall(p, s), [m.span() for m in re.finditer(p, s)])
print(re.sub(r'(\w+) (\w+)', r'\2 \1', 'a b c d'), re.sub('a', lambda m: m.group().upper(), 'banana', count=2), re.subn('x*', '-', 'abxd'), re.split(r'[,;]\s*', 'a, b;c'), re.split(r'(,)', 'a,b'), re.sub(r'(?P<n>\d)', r'<\g<n>>', 'a1b2'))
m = re.match(r'(?P<a>\w)(\d)?', 'xq'); print(m, m.groups(), m.groupdict(), m.group('a'), m.start(1), m[0], m.lastindex, m.re.pattern, re.fullmatch(r'\d+', '12a'), re.search('b', 'abc').span(), bool(re.match('b', 'abc')))
for bad in ['(', ')', '[', '*', 'a**', r'\1', '(?P<1>a)', '(?<=a*)b', 'a{3,2}', r'\q', '(?P=x)']:
    try: re.compile(bad)
    except re.error as e: print(bad, e)
print(re.escape('a.b*c'), re.compile('a', re.I | re.M), re.findall(rb'\w+', b'ab cd'))
