% Lambda expressions, grammars of text, aggregation, ordered sets, association lists, options and types.
t(G) :- catch((call(G) -> true ; write(no)), E, (E = error(F, _) -> print(F) ; print(E))), nl.
main :- t((maplist([X,Y]>>(Y is X*2), [1,2,3], L), print(L))),
  t((N = 10, maplist([X,Y]>>(Y is X+N), [1,2,3], L2), print(L2))),
  t((foldl([X,A0,A]>>(A is A0+X), [1,2,3], 0, S), print(S))),
  t((maplist(\X^(X = 1), [A1,B1]), print(A1-B1))),
  t((F = 5, maplist({F}/[X,Y]>>(Y is X+F), [1,2], L3), print(L3))),
  t((maplist(\X^Y^(Y is X*X), [1,2,3], L4), print(L4))),
  t((include([X]>>(X > 1), [1,2,3], L5), print(L5))),
  t((maplist([X]>>([Y]>>(Y > X)), [1,2], [0,3]) -> print(yes) ; print(no))),
  t((maplist([X-Y,Y-X]>>true, [1-a,2-b], L6), print(L6))),
  t((G = [X]>>(print(X)), call(G, hi), call(G, ho))),
  t((phrase((whites, integer(I), blanks, remainder(R)), `  42  rest`), print(I), atom_codes(RA, R), print(RA))),
  t((phrase(number(Fl), `3.14e2`), print(Fl))), t((phrase(number(Fl2), `3e2`), print(Fl2))), t((phrase(number(Fl3), `-17`), print(Fl3))),
  t((phrase(sequence(digit, Ds), `123`), atom_codes(DA, Ds), print(DA))),
  t((phrase(sequence(integer, ",", Is), `1,2,3`), print(Is))),
  t((phrase(sequence("[", integer, ",", "]", Js), `[1,2,3]`), print(Js))),
  t((phrase((string_without(`,`, Cs), ",", remainder(Rs)), `abc,def`), atom_codes(CA, Cs), atom_codes(RB, Rs), print(CA/RB))),
  t((phrase(xinteger(Xi), `ff`), print(Xi))), t((phrase((string(S1), "=", remainder(_)), `k=v`), atom_codes(SA, S1), print(SA))),
  t((aggregate_all(r(count, max(X), bag(X)), member(X, [3,1,2]), R1), print(R1))),
  t((aggregate_all(max(X-Y), member(X-Y, [1-a,3-b,2-c]), R2), print(R2))),
  t((aggregate_all(min(X,Y), member(X-Y, [1-a,3-b,2-c]), R3), print(R3))),
  t((findall(K-C, aggregate(count, V^member(K-V, [a-1,b-2,a-3]), C), L7), print(L7))),
  t((findall(X, distinct(X, member(X, [a,b,a,c,b])), L8), print(L8))),
  t((findall(X-Y, order_by([desc(X), asc(Y)], member(X-Y, [1-b,2-a,1-a,3-z])), L9), print(L9))),
  t((findall(X, limit(2, offset(1, member(X, [a,b,c,d]))), L10), print(L10))),
  t((call_nth(member(X, [a,b,c]), 2), print(X))),
  t((findall(N9-X, call_nth(member(X, [a,b]), N9), L11), print(L11))),
  t((findall(N1-A2, arg(N1, f(x,y,z), A2), L12), print(L12))),
  t((arg(N3, f(a,b), b), print(N3))),
  t((option(a(Z), [b(1), a(2)]), print(Z))), t((option(q(Z2), [b(1)], def), print(Z2))),
  t((must_be(between(1,3), 5))), t(must_be(list(integer), [1,a])), t(must_be(oneof([a,b]), c)), t(must_be(foo, c)), t(must_be(positive_integer, 0)), t(must_be(boolean, 1)),
  t((text_concat(abc, X5, abcdef), print(X5))), t((text_concat("abc", def, X6), print(X6))), t((findall(P+Q, text_concat(P, Q, ab), L13), print(L13))),
  t((ord_union([a,c],[b,c,d],U1), print(U1))), t((ord_subtract([a,b,c],[b],U2), print(U2))), t((ord_intersection([a,b,c],[b,c,d],U3), print(U3))), t((ord_symdiff([a,b],[b,c],U4), print(U4))), t((ord_memberchk(b,[a,b,c]), print(y))),
  t((list_to_assoc([a-1,b-2,c-3], As), del_min_assoc(As, K1, V1, As2), assoc_to_list(As2, AL), print(K1-V1-AL))),
  t((list_to_assoc([a-1,b-2], As3), findall(K5-V5, gen_assoc(K5, As3, V5), L14), print(L14))),
  t((map_list_to_pairs(atom_length, [aaa,b,cc], Ps), keysort(Ps, Ss), pairs_values(Ss, Vs), print(Vs))),
  t((sub_term(X7, f(a,g(b))), atom(X7), X7 \== a, print(X7))),
  t((nth_integer_root_and_remainder(2, 10, Ro, Re), print(Ro-Re))),
  t((divmod(-7, 2, Qo, Rm), print(Qo-Rm))),
  t((string_lines("a\nb\n", SL), print(SL))),
  t((foldl([X,Y,A7,B7]>>(B7 is A7+X*Y), [1,2],[3,4], 0, Su), print(Su))),
  t((last([1,2,3], La), print(La))), t((numlist(3,1,_))), t((max_member(Mx, [3,1,4]), print(Mx))).
% expect: [2,4,6]
% expect: [11,12,13]
% expect: 6
% expect: 1-1
% expect: [6,7]
% expect: [1,4,9]
% expect: [2,3]
% expect: no
% expect: [a-1,b-2]
% expect: hiho
% expect: 42rest
% expect: 314.0
% expect: 300.0
% expect: -17
% expect: '123'
% expect: [1,2,3]
% expect: [1,2,3]
% expect: abc/def
% expect: 255
% expect: k
% expect: r(3,3,[3,1,2])
% expect: 3-b
% expect: min(1,a)
% expect: [a-2,b-1]
% expect: [a,b,c]
% expect: [3-z,2-a,1-a,1-b]
% expect: [b,c]
% expect: b
% expect: [1-b]
% expect: [1-x,2-y,3-z]
% expect: 2
% expect: 2
% expect: def
% expect: domain_error(between(1,3),5)
% expect: type_error(integer,a)
% expect: domain_error(oneof([a,b]),c)
% expect: existence_error(type,foo)
% expect: type_error(positive_integer,0)
% expect: type_error(bool,1)
% expect: def
% expect: "abcdef"
% expect: [''+ab,a+b,ab+'']
% expect: [a,b,c,d]
% expect: [a,c]
% expect: [b,c]
% expect: [a,c]
% expect: y
% expect: a-1-[b-2,c-3]
% expect: [a-1,b-2]
% expect: [b,cc,aaa]
% expect: b
% expect: 3-1
% expect: -4-1
% expect: ["a","b"]
% expect: no
% expect: 3
% expect: no
% expect: 4
