% Terms.

term_variables(T, Vs, Tail) :- term_variables(T, L), '$append'(L, Tail, Vs).
subsumes_term(G, S) :- \+ \+ ( term_variables(S, V1), G = S, term_variables(V1, V2), V1 == V2 ).
?=(A, B) :- ( A == B -> true ; A \= B ).
numbervars(T, S, E) :- term_variables(T, Vs), '$numbervars'(Vs, S, E).
'$numbervars'([], E, E).
'$numbervars'(['$VAR'(S)|Vs], S, E) :- S1 is S+1, '$numbervars'(Vs, S1, E).
arg(N, T, A) :- var(N), !, ( var(T) -> throw(error(instantiation_error, context(system:arg/3, _))) ; compound(T) -> true ; throw(error(type_error(compound, T), context(system:arg/3, _))) ), functor(T, _, M), '$between_'(1, M, N), '$arg'(N, T, A).
arg(N, T, A) :- '$arg'(N, T, A).
sub_term(X, X).
sub_term(X, T) :- compound(T), arg(_, T, A), sub_term(X, A).
occurrences_of_term(S, T, N) :- aggregate_all(count, ( sub_term(X, T), subsumes_term(S, X) ), N).
occurrences_of_var(V, T, N) :- aggregate_all(count, ( sub_term(X, T), X == V ), N).
mapargs(G, A, B) :- functor(A, F, N), functor(B, F, N), '$mapargs'(N, G, A, B).
'$mapargs'(0, _, _, _) :- !.
'$mapargs'(N, G, A, B) :- M is N-1, '$mapargs'(M, G, A, B), '$arg'(N, A, X), '$arg'(N, B, Y), call(G, X, Y).
option(O, Os) :- functor(O, N, 1), functor(P, N, 1), ( memberchk(P, Os) -> O = P ; arg(1, O, V), memberchk(N=V0, Os) -> V = V0 ).
option(O, Os, D) :- functor(O, N, 1), arg(1, O, V), functor(P, N, 1), ( memberchk(P, Os) -> O = P ; memberchk(N=V0, Os) -> V = V0 ; V = D ).
select_option(O, Os, R) :- functor(O, N, 1), functor(P, N, 1), ( selectchk(P, Os, R0) -> O = P, R = R0 ; arg(1, O, V), selectchk(N=V0, Os, R), V = V0 ).
select_option(O, Os, R, D) :- ( select_option(O, Os, R0) -> R = R0 ; arg(1, O, D), R = Os ).
merge_options(New, Old, Os) :- '$without_options'(Old, New, Old1), '$append'(New, Old1, Os0), sort(Os0, Os).
'$without_options'([], _, []).
'$without_options'([O|Os], New, R) :- functor(O, N, 1), functor(P, N, 1), ( memberchk(P, New) -> R = R1 ; R = [O|R1] ), '$without_options'(Os, New, R1).
must_be(Type, X) :- '$must_be'(Type, X).
'$must_be'(integer, X) :- !, '$must_be_integer'(X).
'$must_be'(positive_integer, X) :- !, '$must_be_integer'(X), ( X > 0 -> true ; throw(error(type_error(positive_integer, X), _)) ).
'$must_be'(nonneg, X) :- !, '$must_be_integer'(X), ( X >= 0 -> true ; throw(error(type_error(nonneg, X), _)) ).
'$must_be'(Type, X) :- var(X), Type \== var, !, throw(error(instantiation_error, _)).
'$must_be'(atom, X) :- !, ( atom(X) -> true ; throw(error(type_error(atom, X), _)) ).
'$must_be'(callable, X) :- !, ( callable(X) -> true ; throw(error(type_error(callable, X), _)) ).
'$must_be'(boolean, X) :- !, ( ( X == true ; X == false ) -> true ; throw(error(type_error(bool, X), _)) ).
'$must_be'(bool, X) :- !, '$must_be'(boolean, X).
'$must_be'(list, X) :- !, ( is_list(X) -> true ; throw(error(type_error(list, X), _)) ).
'$must_be'(proper_list, X) :- !, ( is_list(X) -> true ; throw(error(type_error(list, X), _)) ).
'$must_be'(list(T), X) :- !, '$must_be'(list, X), '$must_all_be'(X, T).
'$must_be'(list_of(T), X) :- !, '$must_be'(list, X), '$must_all_be'(X, T).
'$must_be'(oneof(L), X) :- !, ( memberchk(X, L) -> true ; throw(error(domain_error(oneof(L), X), _)) ).
'$must_be'(between(L, H), X) :- !,
    ( integer(L), integer(H) -> '$must_be_integer'(X) ; number(X) -> true ; throw(error(type_error(number, X), _)) ),
    ( L =< X, X =< H -> true ; throw(error(domain_error(between(L, H), X), _)) ).
'$must_be'(Type, X) :- '$type_test'(Type, X, Test), !, ( call(Test) -> true ; throw(error(type_error(Type, X), _)) ).
'$must_be'(Type, _) :- throw(error(existence_error(type, Type), _)).
'$must_all_be'([], _).
'$must_all_be'([X|Xs], T) :- '$must_be'(T, X), '$must_all_be'(Xs, T).
'$type_test'(any, _, true).
'$type_test'(var, X, var(X)).
'$type_test'(atomic, X, atomic(X)).
'$type_test'(compound, X, compound(X)).
'$type_test'(number, X, number(X)).
'$type_test'(float, X, float(X)).
'$type_test'(rational, X, integer(X)).
'$type_test'(string, X, string(X)).
'$type_test'(ground, X, ground(X)).
'$type_test'(symbol, X, atom(X)).
'$type_test'(char, X, ( atom(X), atom_length(X, 1) )).
'$type_test'(code, X, ( integer(X), X >= 0, X =< 0x10ffff )).
'$type_test'(chars, X, ( is_list(X), \+ ( '$member'(C, X), \+ ( atom(C), atom_length(C, 1) ) ) )).
'$type_test'(codes, X, ( is_list(X), \+ ( '$member'(C, X), \+ ( integer(C), C >= 0, C =< 0x10ffff ) ) )).
'$type_test'(text, X, ( atom(X) ; string(X) ; is_list(X) )).
'$type_test'(pair, X, ( nonvar(X), X = _-_ )).
'$type_test'(list_or_partial, X, ( var(X) ; is_list(X) ; '$partial_list'(X) )).
'$type_test'(acyclic, X, acyclic_term(X)).
'$type_test'(cyclic, X, cyclic_term(X)).
'$type_test'(order, X, memberchk(X, [<, =, >])).
'$type_test'(stream, X, is_stream(X)).
'$partial_list'(X) :- '$skip_list'(X, _, T), ( var(T) -> true ; T == [] ).
type_error(T, X) :- throw(error(type_error(T, X), _)).
domain_error(T, X) :- throw(error(domain_error(T, X), _)).
existence_error(T, X) :- throw(error(existence_error(T, X), _)).
permission_error(A, T, X) :- throw(error(permission_error(A, T, X), _)).
instantiation_error(_) :- throw(error(instantiation_error, _)).
resource_error(R) :- throw(error(resource_error(R), _)).
numbervars(T) :- numbervars(T, 0, _).
term_string(S, T, _) :- term_string(S, T).
is_of_type(Type, X) :- catch('$must_be'(Type, X), _, fail).
