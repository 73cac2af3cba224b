% Terms.

term_variables(T, Vs, Tail) :- term_variables(T, L), '$append'(L, Tail, Vs).
subsumes_term(G, S) :- \+ \+ ( term_variables(S, V1), G = S, term_variables(V1, V2), V1 == V2 ).
?=(A, B) :- ( A == B -> true ; A \= B ).
numbervars(T, S, E) :- term_variables(T, Vs), '$numbervars'(Vs, S, E).
'$numbervars'([], E, E).
'$numbervars'(['$VAR'(S)|Vs], S, E) :- S1 is S+1, '$numbervars'(Vs, S1, E).
must_be(Type, X) :- '$must_be'(Type, X).
'$must_be'(integer, X) :- !, '$must_be_integer'(X).
'$must_be'(positive_integer, X) :- !, '$must_be_integer'(X), ( X > 0 -> true ; throw(error(type_error(positive_integer, X), _)) ).
'$must_be'(nonneg, X) :- !, '$must_be_integer'(X), ( X >= 0 -> true ; throw(error(type_error(nonneg, X), _)) ).
'$must_be'(Type, X) :- var(X), Type \== var, !, throw(error(instantiation_error, _)).
'$must_be'(atom, X) :- !, ( atom(X) -> true ; throw(error(type_error(atom, X), _)) ).
'$must_be'(callable, X) :- !, ( callable(X) -> true ; throw(error(type_error(callable, X), _)) ).
'$must_be'(boolean, X) :- !, ( ( X == true ; X == false ) -> true ; throw(error(type_error(bool, X), _)) ).
'$must_be'(list, X) :- !, ( is_list(X) -> true ; throw(error(type_error(list, X), _)) ).
'$must_be'(_, _).
type_error(T, X) :- throw(error(type_error(T, X), _)).
domain_error(T, X) :- throw(error(domain_error(T, X), _)).
existence_error(T, X) :- throw(error(existence_error(T, X), _)).
permission_error(A, T, X) :- throw(error(permission_error(A, T, X), _)).
instantiation_error(_) :- throw(error(instantiation_error, _)).
resource_error(R) :- throw(error(resource_error(R), _)).
numbervars(T) :- numbervars(T, 0, _).
term_string(S, T, _) :- term_string(S, T).
is_of_type(Type, X) :- catch('$must_be'(Type, X), _, fail).
