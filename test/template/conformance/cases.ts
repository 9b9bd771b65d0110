// Templates whose text must be exactly Jinja2's. What Jinja2 gives is in expected.json; null means both must fail.

/** In front of every case. */
export const PRELUDE = `{% set n = 7 %}{% set f = 2.5 %}{% set s = 'Hello World' %}{% set e = '' %}{% set xs = [3, 1, 2] %}{% set nothing = none %}{% set d = {'b': 2, 'a': 1, 3: 'three'} %}{% set rows = [{'id': 1, 'name': 'beta', 'tag': {'k': 'x'}}, {'id': 2, 'name': 'Alpha', 'tag': {'k': 'y'}}, {'id': 3, 'name': 'beta', 'tag': {'k': 'x'}}] %}{% set t = (1, 'two', none) %}`;

const lines = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("##"));

const printing = String.raw`
## printing
{{ none }}|{{ None }}|{{ true }}|{{ True }}|{{ false }}|{{ False }}
{{ 1 }}|{{ 1.0 }}|{{ 1.5 }}|{{ 1e3 }}|{{ 1e16 }}|{{ 1e-5 }}|{{ 0.0001 }}|{{ 123456789012345680.0 }}|{{ 1_000 }}|{{ 0x1f }}|{{ 0b101 }}|{{ 0o17 }}
{{ 0.1 + 0.2 }}|{{ 1e22 }}|{{ 1.5e300 * 1e10 }}|{{ 100000.0 * 10 }}|{{ 1/3 }}|{{ 2/3 }}|{{ 1e-7 }}|{{ 5e-324 }}
{{ [1, 'a', none, true, 2.0] }}|{{ [] }}|{{ {} }}|{{ () }}|{{ (1,) }}|{{ (1, 2) }}
{{ {'a': 1, 'b': [1, {'c': none}]} }}|{{ d }}|{{ t }}|{{ rows }}
{{ ['it\'s', "say \"x\"", 'both \' and "', 'new\nline', 'tab\t', 'back\\slash', 'é', '日本', '\x07'] }}
{{ 1, 2 }}|{{ 1, }}|{{ 'a' 'b' "c" }}
{{ d.keys() }}|{{ d.values() }}|{{ d.items() }}|{{ range(3) }}|{{ range(1, 9, 2) }}
{{ 'a\tb' }}|{{ 'a\\b' }}|{{ 'a\d' }}|{{ '\x41\u00e9\101' }}
{{ '\'' }}|{{ "\"" }}|{{ '"' }}|{{ "'" }}|{{ '{{' }}|{{ '%}' }}
{{ -1 }}|{{ - 1 }}|{{ +1 }}|{{ --1 }}|{{ -1.5 }}|{{ -true }}
{{ 9007199254740993 }}|{{ 9007199254740992 + 1 }}|{{ 2 ** 64 }}|{{ 2 ** 64 - 2 ** 64 + 5 }}|{{ 3037000500 * 3037000500 }}|{{ -9007199254740991 - 9 }}
`;

const operators = String.raw`
## arithmetic
{{ 7 / 2 }}|{{ 4 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ 7 % 3 }}|{{ -7 % 3 }}|{{ 7 % -3 }}|{{ 7.5 // 2 }}|{{ 7.5 % 2 }}|{{ -7.5 % 2 }}
{{ 2 ** 10 }}|{{ 2 ** -1 }}|{{ 2 ** 0.5 }}|{{ -2 ** 2 }}|{{ 2 ** 3 ** 2 }}|{{ 2 ** -2 ** 2 }}|{{ 0 ** 0 }}
{{ 1 + 2 * 3 - 4 }}|{{ (1 + 2) * 3 }}|{{ 10 - 3 - 2 }}|{{ 10 / 5 * 2 }}|{{ 10 * 3 // 4 }}|{{ 10 * 7 % 4 }}|{{ 10 % 4 * 3 }}|{{ 2 * 3 % 4 / 1 }}
{{ 1 + 2 ~ 3 }}
{{ 1 ~ 2 + 3 }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.0 }}|{{ 2 * 3 ~ 4 }}|{{ 1 ~ 2 * 3 }}|{{ [1] ~ {'a': 1} }}
{{ 'a' + 'b' }}|{{ [1] + [2] }}|{{ (1,) + (2,) }}|{{ 'ab' * 3 }}|{{ 3 * 'ab' }}|{{ [0] * 3 }}|{{ (1, 2) * 2 }}|{{ 'x' * 0 }}|{{ 'x' * -1 }}
{{ true + 1 }}|{{ true + true }}|{{ false * 3 }}|{{ 1.0 + 1 }}|{{ 3 - 1.0 }}|{{ 1e3 // 1 }}|{{ -0.0 }}|{{ 0.0 * -1 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1.0 / 0 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ [1] + (2,) }}
{{ 'a' - 'b' }}
{{ none + 1 }}
{{ {} + {} }}
{{ 'a' * 'b' }}
{{ 'a' * 1.0 }}
{{ -'a' }}
{{ 0 ** -1 }}
{{ 7 // 2.0 }}|{{ 1e20 // 3 }}|{{ 5.0 // 0.1 }}|{{ -5 // 3.0 }}|{{ 6 // -4 }}|{{ 9007199254740993 // 2 }}|{{ -9007199254740993 % 10 }}
## comparison
{{ 1 == 1.0 }}|{{ 1 == true }}|{{ '1' == 1 }}|{{ [] == [] }}|{{ [1] == [1.0] }}|{{ {} == {} }}|{{ (1,) == [1] }}|{{ none == false }}|{{ 0 == false }}|{{ '' == none }}
{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }}|{{ [1, [2, {'a': (3,)}]] == [1, [2, {'a': (3,)}]] }}|{{ [1, 2] != [1, 3] }}|{{ {'a': 1} != {'a': 1} }}
{{ 1 < 2 < 3 }}|{{ 1 < 2 < 2 }}|{{ 3 > 2 >= 2 > 1 }}|{{ 1 == 1 == 1 }}|{{ 1 < 3 > 2 }}|{{ (1 < 2) == true }}|{{ 1 in [1] == true }}
{{ 'a' < 'b' }}|{{ 'B' < 'a' }}|{{ 'a' < 'ab' }}|{{ [1, 2] < [1, 3] }}|{{ (1, 2) < (1, 2, 0) }}|{{ 1.5 < 2 }}|{{ true < 2 }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ [1] < (1,) }}
{{ {} < {} }}
{{ 1 in [1, 2] }}|{{ 3 not in [1, 2] }}|{{ 'a' in 'abc' }}|{{ 'd' not in 'abc' }}|{{ 'a' in {'a': 1} }}|{{ 1 in (1,) }}|{{ '' in 'a' }}|{{ 1.0 in [1] }}|{{ [1] in [[1]] }}
{{ 2 in range(5) }}|{{ 7 in range(5) }}|{{ 'b' in d }}|{{ 3.0 in d }}|{{ true in {1: 2} }}|{{ not 1 in [2] }}|{{ 1 in d.values() }}|{{ ('b', 2) in d.items() }}
{{ 1 in 'abc' }}
{{ 1 in 5 }}
{{ 'a' in none }}
## logic
{{ 1 and 2 }}|{{ 0 and 2 }}|{{ 0 or 'x' }}|{{ '' or none }}|{{ [] or {} or 'z' }}|{{ not [] }}|{{ not 'a' }}|{{ not none }}|{{ not 0.0 }}|{{ not {} }}|{{ not () }}|{{ not '0' }}
{{ true and false or true }}|{{ true or false and false }}|{{ not true or true }}|{{ not (true or true) }}|{{ not not 1 }}|{{ not 1 == 2 }}
{{ 'a' if [] else 'b' }}|{{ 'a' if [0] else 'b' }}|{{ 'a' if 1 }}|[{{ 'a' if 0 }}]|{{ 1 if 0 else 2 if 0 else 3 }}|{{ (1 if 0 else 2) + 1 }}
{{ 'yes' if d else 'no' }}|{{ 'yes' if range(0) else 'no' }}|{{ 'yes' if none else 'no' }}|{{ 'x' ~ ('a' if false) ~ 'y' }}
{{ (1 if false) is defined }}|{{ (1 if false) | default('d') }}|{{ 1 if true else undefined_name }}|{{ true or undefined_name }}|{{ false and undefined_name }}
`;

const access = String.raw`
## attributes, items, slices
{{ d.a }}|{{ d['a'] }}|{{ d[3] }}|{{ d[3.0] }}|{{ rows[0].name }}|{{ rows[0]['tag']['k'] }}|{{ rows.0.id }}|{{ xs[-1] }}|{{ xs[-3] }}|{{ s[0] }}|{{ s[-1] }}|{{ t[1] }}|{{ xs[true] }}
{{ xs[0:2] }}|{{ xs[1:] }}|{{ xs[:-1] }}|{{ xs[::-1] }}|{{ xs[:] }}|{{ xs[5:] }}|{{ xs[-2:] }}|{{ s[0:5] }}|{{ s[::-1] }}|{{ s[::2] }}|{{ t[:2] }}|{{ xs[2:0:-1] }}|{{ s[-5:] }}|{{ range(10)[3] }}
{{ xs[none:2] }}|{{ 'añb😀c'[3] }}|{{ 'añb😀c'[::-1] }}|{{ 'añb😀c' | length }}|{{ xs[100:-100:-1] }}|{{ xs[-100:100] }}|{{ [][1:2] }}|{{ ''[0:1] }}
{{ d.missing }}
{{ d['missing'] }}
{{ d[99] }}
{{ xs[9] }}
{{ xs.missing }}
{{ s.missing }}
{{ none.x }}
{{ undefined_name }}
{{ undefined_name.x }}
{{ d.missing.x }}
{{ d.keys()[0] }}
{{ xs['a'] }}
{{ d.missing is defined }}|{{ d.a is defined }}|{{ undefined_name is defined }}|{{ undefined_name is undefined }}|{{ d.missing | default('z') }}|{{ xs[9] is defined }}|{{ undefined_name | default }}|
{{ {'items': 5}['items'] }}|{{ {'x': 5}.x }}|{{ {'get': 1}['get'] }}|{{ d.get('a') }}|{{ d.get('zz') }}|{{ d.get('zz', 5) }}|{{ d.get(3) }}|{{ {'a': none}.get('a', 5) }}
{{ {1: 'a', 1.0: 'b', true: 'c'} }}|{{ {(1, 2): 'x'}[(1, 2)] }}|{{ {none: 1}[none] }}|{{ {'a': 1, 'a': 2} }}
{{ {[]: 1} }}
## string methods
{{ s.upper() }}|{{ s.lower() }}|{{ s.title() }}|{{ 'hello wORLD'.capitalize() }}|{{ s.swapcase() }}|{{ "they're bill's".title() }}|{{ 'x1y'.title() }}
{{ '  a b '.strip() }}|{{ '  a '.lstrip() }}|{{ '  a '.rstrip() }}.|{{ 'xxaxx'.strip('x') }}|{{ 'abcba'.strip('ab') }}|{{ 'xxa'.lstrip('x') }}|{{ 'axx'.rstrip('x') }}
{{ 'aaa'.replace('a', 'b') }}|{{ 'aaa'.replace('a', 'b', 1) }}|{{ 'abc'.replace('', '-') }}|{{ 'abc'.replace('', '-', 2) }}|{{ 'a.b.c'.replace('.', '$&') }}|{{ 'aXbX'.replace('X', '') }}
{{ 'a,b,c'.split(',') }}|{{ 'a,b,c'.split(',', 1) }}|{{ ' a  b '.split() }}|{{ 'a b c d'.split(none, 2) }}|{{ 'a,b,c'.rsplit(',', 1) }}|{{ ''.split() }}|{{ ''.split(',') }}|{{ 'a  b'.split(' ') }}|{{ 'a b c'.split(maxsplit=1) }}|{{ ' a b  c '.rsplit(none, 1) }}
{{ ','.join(['a', 'b']) }}|{{ ''.join('abc') }}|{{ '-'.join([]) }}|{{ '/'.join(('x', 'y')) }}
{{ ','.join([1]) }}
{{ s.startswith('He') }}|{{ s.endswith(('x', 'd')) }}|{{ s.startswith('W', 6) }}|{{ s.find('o') }}|{{ s.rfind('o') }}|{{ s.find('zz') }}|{{ s.index('W') }}|{{ s.count('l') }}|{{ s.find('o', 5) }}|{{ s.count('') }}|{{ 'abc'.find('', 3) }}
{{ s.index('zz') }}
{{ '7'.zfill(3) }}|{{ '-7'.zfill(4) }}|{{ 'a'.ljust(3) }}.|{{ 'a'.rjust(3, '*') }}|{{ 'a'.center(4, '*') }}|{{ 'ab'.center(5, '-') }}|{{ 'abc'.center(2) }}
{{ 'a=b=c'.partition('=') }}|{{ 'a=b=c'.rpartition('=') }}|{{ 'abc'.partition('=') }}|{{ 'abc'.rpartition('=') }}
{{ 'a1'.isalnum() }}|{{ '12'.isdigit() }}|{{ ''.isdigit() }}|{{ 'ab'.isalpha() }}|{{ 'AB'.isupper() }}|{{ 'ab1'.islower() }}|{{ '1'.islower() }}|{{ ' '.isspace() }}|{{ 'A B'.istitle() }}|{{ 'ab_1'.isidentifier() }}|{{ '1a'.isidentifier() }}|{{ '½'.isnumeric() }}|{{ '½'.isdigit() }}|{{ 'é'.isascii() }}
{{ 'prefix_x'.removeprefix('prefix_') }}|{{ 'x_suffix'.removesuffix('_suffix') }}|{{ 'a\nb\r\nc'.splitlines() }}|{{ 'a\nb\n'.splitlines() }}|{{ 'a\nb\r\nc'.splitlines(true) }}|{{ 'STRASSE ß'.casefold() }}
{{ '{} {}'.format(1, 'a') }}|{{ '{0}{1}{0}'.format('x', 2) }}|{{ '{a}-{b}'.format(a=1, b=none) }}|{{ '{:>5}|{:<5}|{:^5}'.format('a', 'b', 'c') }}|{{ '{:05d}'.format(42) }}|{{ '{:,.2f}'.format(1234567.891) }}|{{ '{:.3f}'.format(2) }}|{{ '{{}}'.format() }}|{{ '{!r}'.format('a') }}|{{ '{:x}'.format(255) }}|{{ '{:.1%}'.format(0.256) }}|{{ '{:*^9}'.format('mid') }}|{{ '{:+d}'.format(3) }}|{{ '{:,}'.format(1234567) }}|{{ '{:e}'.format(12345.678) }}|{{ '{:.2f}'.format(2.675) }}|{{ '{:.0f}'.format(0.5) }}|{{ '{:.0f}'.format(1.5) }}|{{ '{:>8.3f}'.format(3.14159) }}|{{ '{:6d}|'.format(42) }}|{{ '{:<6d}|'.format(42) }}|{{ '{:=+6d}'.format(42) }}|{{ '{:.2s}'.format('abcdef') }}
{{ '{}'.format() }}
{{ '%s-%s' % ('a', 1) }}|{{ '%s' % 'x' }}|{{ '%d' % 3.7 }}|{{ '%05d' % 42 }}|{{ '%.2f' % 3.14159 }}|{{ '%5s|%-5s|' % ('a', 'b') }}|{{ '%%' % () }}|{{ '%(a)s' % {'a': 1} }}|{{ '%r' % 'a' }}|{{ '%x' % 255 }}|{{ '%+d' % 5 }}|{{ '%s' % none }}|{{ '%s' % [1] }}|{{ '%e' % 12345.678 }}|{{ '%.3s' % 'abcdef' }}
{{ '%s %s' % 'a' }}
{{ '%s' % (1, 2) }}
{{ '%d' % 'a' }}
{{ s.upper(1) }}
{{ s.nope() }}
{{ 'x'.split('') }}
## list and dict methods
{% set l = [1] %}{% do l.append(2) %}{% do l.extend([3, 4]) %}{% do l.insert(0, 0) %}{{ l }}{{ l.pop() }}{{ l.pop(0) }}{{ l }}{% do l.remove(2) %}{{ l }}{% do l.reverse() %}{{ l }}{{ l.index(3) }}{{ [1, 1, 2].count(1) }}{{ l.copy() == l }}
{% set l = [3, 1, 2] %}{% do l.sort() %}{{ l }}{% do l.sort(reverse=true) %}{{ l }}{{ l.append(9) }}{{ l }}{% set m = l %}{% do m.append(5) %}{{ l }}{% do l.clear() %}{{ m }}
{{ [].pop() }}
{{ [1].index(5) }}
{{ [1, 'a'].sort() }}
{% set m = {'a': 1} %}{% do m.update({'b': 2}) %}{% do m.update(c=3) %}{{ m }}{{ m.pop('a') }}{{ m.pop('zz', 'q') }}{{ m }}{{ m.setdefault('d', 4) }}{{ m.setdefault('b', 9) }}{{ m }}{{ m.copy() == m }}{% do m.update([('z', 0)]) %}{{ m.popitem() }}{{ m.keys() | list }}{{ m.values() | list }}{{ m.items() | list }}{{ m | length }}{% do m.clear() %}{{ m }}
{{ {}.pop('a') }}
{{ (1, 2, 1).count(1) }}|{{ (1, 2).index(2) }}
{{ (1, 2).append(3) }}
{% set u = set([3, 1, 3]) %}{% do u.add(2) %}{{ u | sort }}|{{ u | length }}|{{ 3 in u }}|{{ u.union([9]) | sort }}|{{ u.intersection([1, 7]) | list }}|{{ u.difference([1]) | sort }}|{{ set() == set([]) }}|{{ u.issubset([1, 2, 3, 4]) }}|{{ set([1]) == set([1.0]) }}
`;

const filterCases = String.raw`
## filters
{{ xs | sort }}|{{ xs | sort(reverse=true) }}|{{ ['b', 'A', 'c'] | sort }}|{{ ['b', 'A', 'c'] | sort(case_sensitive=true) }}|{{ rows | sort(attribute='name') | map(attribute='id') | list }}|{{ rows | sort(attribute='name,id', reverse=true) | map(attribute='id') | list }}
{{ [1, 'a'] | sort }}
{{ xs | join(',') }}|{{ xs | join }}|{{ rows | join('-', attribute='name') }}|{{ 'abc' | join('.') }}|{{ [1, none, 'x', 2.0] | join('/') }}|{{ [] | join(',') }}|{{ d | join(',') }}|{{ xs | join(1) }}
{{ rows | map(attribute='name') | join(',') }}|{{ ['a', 'b'] | map('upper') | list }}|{{ [1, 2] | map('string') | join }}|{{ rows | map(attribute='tag.k') | list }}|{{ ['a'] | map('replace', 'a', 'b') | list }}|{{ [[1, 2], [3, 4]] | map('first') | list }}|{{ [[1, 2], [3, 4]] | map(attribute=1) | list }}|{{ [{'a': 1}, {}] | map(attribute='a', default=0) | list }}|{{ ['a ', ' b'] | map('trim') | list }}|{{ [3.7, '5'] | map('int') | list }}
{{ [0, 1, '', 'a', none] | select | list }}|{{ [1, 2, 3, 4] | select('odd') | list }}|{{ [1, 2, 3] | reject('equalto', 2) | list }}|{{ [1, none] | reject('none') | list }}|{{ rows | selectattr('name', 'equalto', 'beta') | map(attribute='id') | list }}|{{ rows | rejectattr('id', 'in', [1, 2]) | map(attribute='id') | list }}|{{ rows | selectattr('tag.k', '==', 'x') | list | length }}|{{ [1, 5] | select('gt', 2) | list }}|{{ [{'a': 1}, {'a': 0}] | selectattr('a') | list }}|{{ [{'a': 1}, {}] | selectattr('a', 'defined') | list }}
{{ 'Hello' | upper }}|{{ 'Hello' | lower }}|{{ 'hello wORLD-foo (bar' | title }}|{{ "it's" | title }}|{{ 'hELLO' | capitalize }}|{{ ' x ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ 5 | upper }}|{{ none | upper }}|{{ 'a b' | replace(' ', '_') }}|{{ 'aaa' | replace('a', 'b', 2) }}|{{ 5 | replace(5, 6) }}
{{ xs | length }}|{{ 'abc' | length }}|{{ d | length }}|{{ d | count }}|{{ xs | first }}|{{ xs | last }}|{{ 'abc' | first }}|{{ 'abc' | last }}|{{ d | first }}|{{ xs | sum }}|{{ rows | sum(attribute='id') }}|{{ xs | sum(start=10) }}|{{ [1.5, 2] | sum }}|{{ xs | min }}|{{ xs | max }}|{{ ['b', 'A'] | min }}|{{ rows | max(attribute='id') }}|{{ range(4) | last }}|{{ range(0) | length }}
{{ [] | first }}
{{ [] | max }}
{{ 5 | length }}
{{ xs | map('upper') | length }}
{{ [] | first is defined }}|{{ ([] | first) | default('none') }}|{{ [] | sum }}
{{ 5 | list }}
{{ 'abc' | list }}|{{ d | list }}|{{ xs | reverse | list }}|{{ 'abc' | reverse }}|{{ xs | unique | list }}|{{ ['a', 'A', 'b'] | unique | list }}|{{ ['a', 'A'] | unique(case_sensitive=true) | list }}|{{ rows | unique(attribute='name') | map(attribute='id') | list }}|{{ [1, 1.0, true, '1'] | unique | list }}|{{ (1, 2) | list }}
{{ {'b': 2, 'a': 1} | dictsort }}|{{ {'b': 1, 'a': 2} | dictsort(by='value') }}|{{ {'b': 1, 'A': 2} | dictsort(true) }}|{{ {'a': 1} | items | list }}|{{ {'b': 1, 'a': 2} | dictsort(reverse=true) }}
{% for g in rows | groupby('name') %}{{ g.grouper }}={{ g.list | map(attribute='id') | join(',') }};{% endfor %}{% for k, v in rows | groupby('tag.k') %}{{ k }}:{{ v | length }};{% endfor %}{% for k, v in [{'a': 1}, {}] | groupby('a', default=0) %}{{ k }}{{ v }}{% endfor %}
{{ [1, 2, 3, 4, 5] | batch(2) | list }}|{{ [1, 2, 3] | batch(2, 'x') | list }}|{{ [1, 2, 3, 4, 5] | slice(2) | list }}|{{ [1, 2, 3] | slice(2, 'x') | list }}|{{ [] | batch(2) | list }}|{{ [] | slice(2) | list }}
{{ 3.7 | int }}|{{ '3.7' | int }}|{{ '42' | int }}|{{ 'x' | int }}|{{ 'x' | int(5) }}|{{ none | int }}|{{ true | int }}|{{ '0x1A' | int(base=16) }}|{{ 'ff' | int(0, 16) }}|{{ '-12' | int }}|{{ ' 7 ' | int }}|{{ '1_000' | int }}|{{ -3.7 | int }}|{{ '1e3' | int }}|{{ [] | int }}
{{ '3.5' | float }}|{{ 'x' | float }}|{{ 'x' | float(1.5) }}|{{ 3 | float }}|{{ '1e3' | float }}|{{ ' 2 ' | float }}|{{ none | float }}|{{ 'inf' | float }}|{{ true | float }}
{{ 2.5 | round }}|{{ 3.5 | round }}|{{ 2.675 | round(2) }}|{{ 1.005 | round(2) }}|{{ 0.125 | round(2) }}|{{ 0.375 | round(2) }}|{{ 42 | round }}|{{ 42.55 | round(1, 'floor') }}|{{ 42.51 | round(1, 'ceil') }}|{{ 2.1 | round(0, 'ceil') }}|{{ 7 | round(method='ceil') }}|{{ 1234.5678 | round(-2) }}|{{ -2.5 | round }}|{{ 2.5 | round | int }}|{{ 250.0 | round(-2) }}|{{ 350.0 | round(-2) }}
{{ -5 | abs }}|{{ (-5) | abs }}|{{ -2.5 | abs }}|{{ 5 | abs }}|{{ true | abs }}
{{ 'a' | default('b') }}|{{ none | default('b') }}|{{ none | default('b', true) }}|{{ '' | default('b', true) }}|{{ '' | d('b', boolean=true) }}|{{ 0 | default(1) }}|{{ undefined_name | default(none) }}|{{ undefined_name | d([]) | length }}|{{ undefined_name | default('x') | upper }}
{{ '%s and %s' | format('a', 1) }}|{{ '%(x)s' | format(x=2) }}|{{ '%.1f' | format(2.25) }}|{{ 'x' | center(5) }}|{{ 'ab' | center(5) }}|{{ 'a b c' | wordcount }}|{{ 5 | string ~ 'x' }}|{{ none | string }}|{{ [1] | string | length }}
{{ 'line1\nline2\n\nline4' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb\n' | indent(width='>> ') }}|{{ '' | indent }}
{{ 'hello world foo bar' | truncate(11) }}|{{ 'hello world foo bar baz' | truncate(11, true) }}|{{ 'hello world foo bar' | truncate(9, false, '..', 0) }}|{{ 'short' | truncate(3) }}|{{ 'abcdefghijklmnop' | truncate(8) }}
{{ {'b': 1, 'a': [1, 2.0, none, true, 'x\n"\'<&>é']} | tojson }}|{{ [] | tojson }}|{{ {} | tojson }}|{{ {'a': {'b': []}} | tojson(indent=2) }}|{{ 1.0 | tojson }}|{{ 'a/b' | tojson }}|{{ (1, 2) | tojson }}|{{ '😀' | tojson }}
{{ tojson({'b': 1, 'a': "<'>"}) }}|{{ tojson({'b': 1, 'a': 2}, sort_keys=true) }}|{{ fromjson('{"a": [1, 2.0, 1e2, null, true, "x\\u00e9"], "b": {}}') }}|{{ fromjson('[]') }}|{{ fromjson(' 5 ') }}|{{ tojson({1: 2, none: 3, true: 4}) }}
{{ [3, 1] | sort | first }}|{{ 'a,b' | upper | replace('A', 'z') }}|{{ ('a' ~ 'b') | upper }}|{{ 'a' ~ 'b' | upper }}|{{ 1 + 2 | string | length }}|{{ -1 | string }}|{{ 'a' | upper + 'b' }}|{{ not 'a' | upper }}
{{ 'x' | nope }}
{{ 'x' | upper(1) }}
{{ xs | join(nope=1) }}
## tests
{{ 1 is defined }}|{{ none is none }}|{{ 0 is none }}|{{ 'a' is string }}|{{ 1 is string }}|{{ 1 is number }}|{{ true is number }}|{{ 1.0 is float }}|{{ 1 is float }}|{{ 1 is integer }}|{{ true is integer }}|{{ true is boolean }}|{{ 1 is boolean }}|{{ d is mapping }}|{{ xs is mapping }}|{{ xs is sequence }}|{{ 'a' is sequence }}|{{ d is sequence }}|{{ 1 is sequence }}|{{ xs is iterable }}|{{ 'a' is iterable }}|{{ 1 is iterable }}|{{ none is iterable }}|{{ d.keys() is sequence }}|{{ d.keys() is iterable }}|{{ set() is sequence }}|{{ set() is iterable }}|{{ range(3) is sequence }}|{{ (xs | map('int')) is iterable }}
{{ 4 is even }}|{{ 3 is odd }}|{{ 9 is divisibleby 3 }}|{{ 9 is divisibleby(4) }}|{{ true is true }}|{{ 1 is true }}|{{ false is false }}|{{ 'a' is lower }}|{{ 'A' is upper }}|{{ '1' is lower }}|{{ range is callable }}|{{ 1 is callable }}|{{ 2 is in [1, 2] }}|{{ 2 is not in([1]) }}|{{ 2 is eq 2 }}|{{ 2 is ne(3) }}|{{ 2 is lt 3 }}|{{ 2 is ge 2 }}|{{ none is sameas none }}|{{ 3 is greaterthan 2 }}
{{ not 1 is none }}|{{ 1 is not none and 2 is defined }}|{{ 1 + 1 is odd }}|{{ 'a' is defined and 'b' is defined }}|{{ 1 is none == false }}|{{ x is not defined or x is none }}|{{ 2 is even | string }}|{{ 'a' is eq "or" }}|{{ (1 is odd) is true }}
{{ 1 is nope }}
{{ 1 is odd is true }}
{{ undefined_name is none }}|{{ undefined_name is string }}|{{ undefined_name is mapping }}|{{ undefined_name is boolean }}
{{ undefined_name is iterable }}
{{ undefined_name == 1 }}
{{ undefined_name in [1] }}
{{ not undefined_name }}
{{ [undefined_name] | length }}
{{ undefined_name ~ 'a' }}
{{ undefined_name + 1 }}
{{ undefined_name | upper }}
{{ undefined_name() }}
`;

/** Cases of more than one line, and those about whitespace. */
const blocks: readonly string[] = [
  // set, scoping
  "{% set a = 1 %}{% if true %}{% set a = 2 %}{% endif %}{{ a }}",
  "{% set a = 1 %}{% for i in [1, 2] %}{{ a }}{% set a = a + i %}{{ a }}{% endfor %}{{ a }}",
  "{% set a = 0 %}{% for i in [1, 2, 3] %}{% if i == 2 %}{% set a = i %}{% endif %}[{{ a }}]{% endfor %}{{ a }}",
  "{% for i in [1] %}{% set z = 5 %}{% endfor %}{{ z is defined }}",
  "{% for i in [1, 2] %}{{ i }}{% endfor %}{{ i is defined }}{{ loop is defined }}",
  "{% set i = 9 %}{% for i in [1, 2] %}{{ i }}{% endfor %}{{ i }}",
  "{% set ns = namespace(total=0, names=[]) %}{% for i in xs %}{% set ns.total = ns.total + i %}{% do ns.names.append(i) %}{% endfor %}{{ ns.total }}{{ ns.names }}",
  "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b, c = 2, 3 %}{{ ns.a }}{{ ns.b }}{{ c }}{{ ns.x is defined }}",
  "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a + ns.b }}{{ ns['a'] }}",
  "{% set ns = {'a': 1} %}{% set ns.a = 2 %}",
  "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (a, (b, c)) = (1, [2, 3]) %}{{ a }}{{ b }}{{ c }}{% set a, b = 'xy' %}{{ a }}{{ b }}",
  "{% set a, b = 1, 2, 3 %}",
  "{% set a, = [7] %}{{ a }}",
  '{{ "a\\\nb" }}',
  // none is a value, not a missing one
  "{% macro m(a, b=2, c=3) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(none) }}{{ m(none, none, c=none) }}{{ m(a=none, b=none) }}",
  "{% for i in [none, none] %}{{ loop.index }}{{ i }}{{ loop.last }}{{ loop.nextitem if not loop.last }}{{ loop.previtem if not loop.first }}{% endfor %}",
  "{% set q = none %}{{ q is defined }}{{ q }}{{ {'a': none}.pop('a', 5) }}{{ {'a': none}.get('a', 5) }}{{ [none][0] }}{{ [none] | first }}{{ [none] | last }}{{ [none] | min }}{{ {'a': none}.a }}{{ {'a': none}['a'] }}{{ {'a': none}.setdefault('a', 1) }}",
  "{{ 'x' | int(none) }}{{ 'x' | float(none) }}{{ undefined_name | default(none) }}{{ [none, none] | unique | list }}{{ [none] | map('default', 'x') | list }}{{ zip([none], [none]) | list }}{{ joiner(none)() }}{{ cycler(none).next() }}{{ set([none]) | list }}{{ [none] | batch(1, none) | list }}{{ {none: none} }}{{ namespace(a=none).a }}",
  "{% set a, b = none, none %}{{ a }}{{ b }}{% with a = none %}{{ a }}{% endwith %}{% macro m() %}{{ caller(none) }}{% endmacro %}{% call(x) m() %}{{ x }}{% endcall %}",
  "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(none, a=none) }}{{ m(*[none], **{'b': none}) }}{{ [none].pop() }}{{ [none, 1].index(none) }}{{ [none].count(none) }}{{ none in [none] }}{{ [none] == [none] }}{{ (none,) < (none, 1) }}",
  "{{ none or none }}{{ none and 1 }}{{ none if true else 1 }}{{ 1 if none else none }}{{ [none][-1:] }}{{ (none | default(1)) is none }}{{ [{'a': none}] | map(attribute='a') | list }}{{ [{'a': none}, {}] | map(attribute='a', default=0) | list }}{{ none == none }}{{ none != none }}",
  "{% set a, b = 5 %}",
  "{% set a = 1, 2 %}{{ a }}{% set b = 3, %}{{ b }}{% set c = () %}{{ c }}",
  "{% set x %}a{{ 1 + 1 }}b{% endset %}[{{ x }}]{{ x | length }}",
  "{% set x | upper | replace('A', 'Z') %}abc{% endset %}{{ x }}",
  "{% set x %}{% set inner = 5 %}{{ inner }}{% endset %}{{ x }}{{ inner is defined }}",
  "{% filter upper %}abc{{ 'd' }}{% set q = 1 %}{% endfilter %}{{ q is defined }}",
  "{% filter replace('a', 'b') | upper %}aaa{% endfilter %}",
  "{% with %}{% set w = 1 %}{{ w }}{% endwith %}{{ w is defined }}{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
  "{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
  "{% if n > 5 %}big{% elif n > 3 %}mid{% else %}small{% endif %}{% if [] %}x{% elif {} %}y{% else %}z{% endif %}{% if '' %}1{% endif %}",
  "{% if false %}{% set q = 1 %}{% endif %}{{ q is defined }}",
  "{% if 1: %}a{% else: %}b{% endif %}",
  // loops
  "{% for i in [] %}x{% else %}empty{% endfor %}{% for i in [1] %}x{% else %}empty{% endfor %}",
  "{% for i in [1, 2, 3, 4] if i is even %}{{ loop.index }}/{{ loop.length }}:{{ i }} {% else %}none{% endfor %}",
  "{% for i in [1, 3] if i is even %}x{% else %}none{% endfor %}",
  "{% for i in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}",
  "{% for i in xs %}{{ loop.cycle('a', 'b') }}{{ loop.previtem if not loop.first }}<{{ i }}>{{ loop.nextitem if not loop.last }}{% endfor %}",
  "{% for i in [1, 1, 2, 2, 1] %}{{ loop.changed(i) }} {% endfor %}{% for i in xs %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}",
  "{% for i in xs %}{{ i }}{{ ',' if not loop.last }}{% endfor %}{% for i in xs %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}",
  "{% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }};{% endfor %}{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}{% for (a, b) in [[1, 2]] %}{{ a + b }}{% endfor %}",
  "{% for a, b in [(1, 2, 3)] %}x{% endfor %}",
  "{% for k in d %}{{ k }},{% endfor %}{% for k, v in d.items() %}{{ k }}={{ v }},{% endfor %}{% for v in d.values() %}{{ v }},{% endfor %}{% for k, v in d | items %}{{ k }}{% endfor %}",
  "{% for c in 'abc' %}{{ c }}-{% endfor %}{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}{% for i in 1, 2 %}{{ i }}{% endfor %}",
  "{% for i in 5 %}{% endfor %}",
  "{% for i in none %}{% endfor %}",
  "{% for i in undefined_name %}{% endfor %}",
  "{% for i in [1, 2, 3, 4] %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
  "{% for i in [1, 2] %}{% for j in [1, 2, 3] %}{% if j == 2 %}{% break %}{% endif %}{{ i }}{{ j }}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}",
  "{% for i in [1, 2] %}{% set outer = loop %}{% for j in 'ab' %}{{ outer.index }}{{ loop.index }}{{ j }}{% endfor %}{% endfor %}",
  "{% set l = [1, 2] %}{% for i in l %}{% if l | length < 5 %}{% do l.append(i * 10) %}{% endif %}{{ i }},{% endfor %}",
  "{% for i in xs | sort if i > 1 %}{{ loop.last }}{{ i }}{% endfor %}{% for i in (xs | map('string')) %}{{ i }}{{ loop.length }}{% endfor %}",
  "{% set g = xs | map('string') %}{{ g | list }}{{ g | list }}",
  "{% set g = ['a', 'b', 'c'] | map('upper') %}{% for x in g %}{{ x }}{% break %}{% endfor %}{{ g | list }}",
  "{% set ns = namespace(go=true) %}{% for x in [1, 2, 3] if ns.go %}{{ x }}{% set ns.go = false %}{% endfor %}",
  "{% for a, b in zip([1, 2, 3], 'ab') %}{{ a }}{{ b }}{% endfor %}{{ zip() | list }}",
  "{% for i in [1, 2, 3] %}{{ loop.revindex }}{{ loop.length }}{% endfor %}{% for i in (1, 2) %}{{ loop.last }}{% endfor %}",
  "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% do c.reset() %}{{ c.current }}{% set j = joiner('|') %}{{ j() }}x{{ j() }}y{{ j() }}",
  "{% for i in loop %}{% endfor %}",
  "{% for loop in xs %}{% endfor %}",
  "{% break %}",
  // macros
  "{% macro m(a, b=2, c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 3) }}|{{ m(b=5, a=1) }}|{{ m(1, c='x') }}",
  "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}",
  "{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}",
  "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}",
  "{% macro m(a) %}x{% endmacro %}{{ m(1, 2) }}",
  "{% macro m(a) %}x{% endmacro %}{{ m(b=1) }}",
  "{% macro m(a) %}x{% endmacro %}{{ m(1, a=2) }}",
  "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, a=3) }}{{ m() }}",
  "{% macro m(a) %}{{ a }}{{ varargs | length }}{% for v in varargs %}{{ v }}{% endfor %}{% endmacro %}{{ m(*[1, 2, 3]) }}{{ m(0, *[1], **{}) }}",
  "{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(**{'b': 1, 'a': 2}) }}{{ m(1, **{'b': 3}) }}",
  "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}body{{ n }}{% endcall %}",
  "{% macro m(xs) %}{% for x in xs %}<{{ caller(x, loop.index) }}>{% endfor %}{% endmacro %}{% call(v, i) m([5, 6]) %}{{ i }}:{{ v }}{% endcall %}",
  "{% macro m() %}{% if caller is defined %}{{ caller() }}{% else %}no{% endif %}{% endmacro %}{{ m() }}{% call m() %}yes{% endcall %}",
  "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
  "{% macro m() %}{{ caller(1) }}{% endmacro %}{% call(a, b=2) m() %}{{ a }}{{ b }}{% endcall %}",
  "{% macro fact(k) %}{{ 1 if k < 2 else k * (fact(k - 1) | int) }}{% endmacro %}{{ fact(10) }}",
  "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
  "{% set q = 1 %}{% macro m() %}{{ q }}{% set q = 5 %}{% endmacro %}{{ m() }}{{ q }}{% set q = 2 %}{{ m() }}",
  "{% macro m(n) %}{{ n }}{% endmacro %}{{ m('x') }}{{ n }}",
  "{% macro m() %}  a  {% endmacro %}[{{ m() }}][{{ m() | trim }}]{{ m() is string }}",
  "{% macro m(a, b) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1, 2,) }}{{ [1, 2,] }}{{ {'a': 1,} }}",
  "{% macro m(a=1, b) %}{% endmacro %}",
  "{% for i in [1, 2] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}{{ m is defined }}",
  "{% macro m(x) %}{% if x %}{% macro inner() %}I{{ x }}{% endmacro %}{{ inner() }}{% endif %}{% endmacro %}{{ m(3) }}",
  "{% macro m(**kw) %}{% endmacro %}",
  // whitespace, comments, raw
  "a {%- if true -%} b {%- endif -%} c",
  "a\n  {%- set x = 1 -%}\n  b\n{{- 'c' -}}\n d",
  "a {#- comment -#} b {# c #} d {#c#}\n{#- multi\nline -#}\ne",
  "  {% if true %}\n  x\n  {% endif %}\n",
  "x\n\n",
  "x\r\ny\r\n",
  "x\ry",
  "\n",
  "",
  " ",
  "a\n{% if true %}\nb\n{% endif %}\n",
  "{%+ if true +%} a {%+ endif +%}",
  "{{ 'a' -}}   b",
  "{{- 'a' }}",
  "a   {{- 1 }}   {{ 2 -}}   b",
  "{% raw %}{{ x }}{% if %}{# #}{% endraw %}",
  "a {%- raw -%} {{ b }} {%- endraw -%} c",
  "{% raw %}{% endraw %}x",
  "{%raw%}{%endraw%}",
  "a #} b",
  "a }} b %} c",
  "{ { x } }",
  "{{ {'a': {'b': 1}}['a']['b'] }}",
  "{{ {'a':{}} }}",
  "{{{'a':1}}}",
  "{#-#}x",
  "{# {{ x }} {% if %} #}y",
  "{{ 'a' }}{{ 'b' }}\n{{ 'c' }}\n\n{{ 'd' }}",
  "{{\n 1\n +\n 2\n}}",
  "{% set x = {\n 'a': 1,\n 'b': [\n 2,\n ],\n} %}{{ x }}",
  "é日本😀{{ '😀' }}",
  "{%- set a = 1 %}\n{%- set b = 2 %}\n\nselect {{ a }}, {{ b }}\n",
  "{# #}\n\nx",
  "   {#- x #}   y",
  "\n  {{- n -}}  \n",
  // errors of syntax
  "{% if x %}",
  "{% endif %}",
  "{% for x in %}{% endfor %}",
  "{{ }}",
  "{{ 1 + }}",
  "{{ (1 }}",
  "{{ [1 }}",
  "{{ 'a }}",
  "{% nope %}",
  "{{ a b }}",
  "{% set %}",
  "{% set x 1 %}",
  "{{ {1} }}",
  "{{ 1 | }}",
  "{{ x. }}",
  "{% if a %}{% endfor %}",
  "{# x",
  "{% raw %}x",
  "{{ f(a=1, 2) }}",
  "{{ f(**a, *b) }}",
  "{% macro %}{% endmacro %}",
  "{% for x in [1] recursiv %}{% endfor %}",
  "{{ 1 if }}",
  "{{ not }}",
  "{{ a is }}",
  "{{ 'a' ~ }}",
  "{% set none = 1 %}",
  "{{ 1..x }}",
  "{{ $ }}",
  "{{ a ? b : c }}",
  "{{ a && b }}",
  "{{ a === b }}",
  "{{ !a }}",
  "{% call m %}{% endcall %}",
  "{{ ) }}",
  "{{ x[] }}",
  "{% set 1 = 2 %}",
  "{{ [1)] }}",
  "{% if %}{% endif %}",
  "{% elif x %}",
  "{% else %}",
];

export const CASES: readonly string[] = [
  ...lines(printing),
  ...lines(operators),
  ...lines(access),
  ...lines(filterCases),
  ...blocks,
].map((template) => PRELUDE + template);
