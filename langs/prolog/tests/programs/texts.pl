% Texts taken apart and put together; errors, too.
a(G, X) :- catch((findall(X, G, L), writeq(L)), E, (E = error(F, _) -> print(F) ; print(E))), nl.
main :-
 a(sub_atom(abcab, B, 2, R, ab), B-R), a(sub_atom(abcab, B, L, R, ab), B-L-R), a(sub_atom(abcab, 3, _, R, ab), R), a(sub_atom(abcab, B, _, 0, ab), B), a(sub_atom(abcab, B, _, 1, ab), B),
 a(sub_atom(abcab, 1, 2, R, S), S-R), a(sub_atom(abc, B, L, R, S), s(B,L,R,S)), a(sub_atom(abc, 4, _, _, S), S), a(sub_atom(abc, _, 4, _, S), S), a(sub_atom(abc, _, _, 4, S), S), a(sub_atom(abc, 1, _, R, S), R/S), a(sub_atom(abc, _, 1, R, S), R/S), a(sub_atom(abc, B, _, 1, S), B/S),
 a(sub_atom(abc, 1, _, 1, S), S), a(sub_atom(abc, _, 1, 1, S), S), a(sub_atom(abc, 1, 1, 1, S), S), a(sub_atom(abc, 1, 1, 0, S), S), a(sub_atom(abc, 1, 3, _, S), S), a(sub_atom(abc, -1, _, _, S), S), a(sub_atom(abc, a, _, _, S), S), a(sub_atom(_, _, _, _, S), S),
 a(sub_atom('', B, L, R, S), s(B,L,R,S)), a(sub_atom(abc, B, L, R, ''), s(B,L,R)), a(sub_atom(aaa, B, _, _, aa), B), a(sub_atom('äöüßäö', B, 2, R, S), B-R-S), a(sub_atom('äöüßäö', B, _, R, 'äö'), B-R), a(sub_atom('äöü', B, _, _, 'öü'), B),  a(sub_atom('äöü', B, _, 0, S), B-S), a(sub_atom(abc, _, _, _, abcd), x), a(sub_atom(12345, 1, 2, _, S), S), a(sub_atom(12345, B, _, _, 34), B), a(sub_atom(ab, B, B, _, S), B-S),
 a(atom_concat(X, Y, abc), X+Y), a(atom_concat(a, Y, abc), Y), a(atom_concat(X, bc, abc), X), a(atom_concat(X, b, abc), X), a(atom_concat(x, Y, abc), Y), a(atom_concat(a, b, X), X), a(atom_concat(X, _, _), X), a(atom_concat(X, X, abab), X), a(atom_concat(ab, cd, abcd), t), a(atom_concat(1, 2, X), X), a(atom_concat(a, b, ac), t),
 a(string_concat(X, Y, "ab"), X+Y), a(string_concat(abc, X, "abcd"), X), a(sub_string("hello world", B, _, 0, "world"), B), a(sub_string("abc", 1, 1, _, S), S), a(string_concat("a", 'b', X), X),
 a(atom_chars(X, ['1', '2']), X), a(atom_codes(X, "abc"), X), a(atom_length('äö', X), X), a(atom_length(-123, X), X), a(number_codes(X, "0x1F"), X), a(atom_chars(-12, X), X), a(atom_number('-9223372036854775808', X), X), a(number_codes(-9223372036854775808, X), X), a(atom_length(X, X), X), a(char_code(X, 0'a), X), a(char_code(ab, X), X), a(char_code('ä', X), X), a(atom_chars(X, [a|_]), X), a(atom_chars(X, [a,f(b)]), X), a(upcase_atom('äb c', X), X),
 a(atom_string(X, "abc"), X), a(atomic_list_concat([a, 1, "s", 2.5], X), X), a(atomic_list_concat([a,b,c], '-', X), X), a(atomic_list_concat(X, '-', 'a-b-c'), X), a(split_string("/home//jan///nice/path", "/", "", X), X).
% expect: [0-3,3-0]
% expect: [0-2-3,3-2-0]
% expect: [0]
% expect: [3]
% expect: []
% expect: [bc-2]
% expect: [s(0,0,3,''),s(0,1,2,a),s(0,2,1,ab),s(0,3,0,abc),s(1,0,2,''),s(1,1,1,b),s(1,2,0,bc),s(2,0,1,''),s(2,1,0,c),s(3,0,0,'')]
% expect: []
% expect: []
% expect: []
% expect: [2/'',1/b,0/bc]
% expect: [2/a,1/b,0/c]
% expect: [0/ab,1/b,2/'']
% expect: [b]
% expect: [b]
% expect: [b]
% expect: []
% expect: []
% expect: domain_error(not_less_than_zero,-1)
% expect: type_error(integer,a)
% expect: instantiation_error
% expect: [s(0,0,0,'')]
% expect: [s(0,0,3),s(1,0,2),s(2,0,1),s(3,0,0)]
% expect: [0,1]
% expect: [0-4-äö,1-3-öü,2-2-üß,3-1-ßä,4-0-äö]
% expect: [0-4,4-0]
% expect: [1]
% expect: [0-äöü,1-öü,2-ü,3-'']
% expect: []
% expect: ['23']
% expect: [2]
% expect: [0-'',1-b]
% expect: [''+abc,a+bc,ab+c,abc+'']
% expect: [bc]
% expect: [a]
% expect: []
% expect: []
% expect: [ab]
% expect: instantiation_error
% expect: [ab]
% expect: [t]
% expect: ['12']
% expect: []
% expect: [""+"ab","a"+"b","ab"+""]
% expect: ["d"]
% expect: [6]
% expect: ["b"]
% expect: ["ab"]
% expect: ['12']
% expect: [abc]
% expect: [2]
% expect: [4]
% expect: [31]
% expect: [[-,'1','2']]
% expect: [-9223372036854775808]
% expect: [[45,57,50,50,51,51,55,50,48,51,54,56,53,52,55,55,53,56,48,56]]
% expect: instantiation_error
% expect: [a]
% expect: type_error(character,ab)
% expect: [228]
% expect: instantiation_error
% expect: type_error(character,f(b))
% expect: ['ÄB C']
% expect: [abc]
% expect: ['a1s2.5']
% expect: ['a-b-c']
% expect: [[a,b,c]]
% expect: [["","home","","jan","","","nice","path"]]
