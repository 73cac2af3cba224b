% Numbers.

between(L, H, X) :- integer(X), integer(L), !, L =< X, '$below'(X, H).
between(L, H, X) :- '$must_be_integer'(L), '$must_be_bound'(H), ( var(X) -> true ; '$must_be_integer'(X) ), '$between'(L, H, X).
'$below'(_, inf) :- !.
'$below'(_, infinite) :- !.
'$below'(X, H) :- X =< H.
'$between'(L, H, X) :- integer(H), !, L =< H, '$between_'(L, H, X).
'$between'(L, _, X) :- '$from'(L, X).
'$between_'(L, L, X) :- !, X = L.
'$between_'(L, _, L).
'$between_'(L, H, X) :- L1 is L+1, '$between_'(L1, H, X).
'$from'(L, L).
'$from'(L, X) :- L1 is L+1, '$from'(L1, X).
'$must_be_integer'(X) :- var(X), !, throw(error(instantiation_error, _)).
'$must_be_integer'(X) :- integer(X), !.
'$must_be_integer'(X) :- throw(error(type_error(integer, X), _)).
'$must_be_bound'(X) :- var(X), !, throw(error(instantiation_error, _)).
'$must_be_bound'(X) :- integer(X), !.
'$must_be_bound'(inf) :- !.
'$must_be_bound'(infinite) :- !.
'$must_be_bound'(X) :- throw(error(type_error(integer, X), _)).
succ(X, Y) :- integer(X), !, ( X < 0 -> throw(error(type_error(not_less_than_zero, X), _)) ; Y is X+1 ).
succ(X, Y) :- var(X), integer(Y), !, ( Y < 0 -> throw(error(type_error(not_less_than_zero, Y), _)) ; Y > 0, X is Y-1 ).
succ(X, Y) :- var(X), var(Y), !, throw(error(instantiation_error, _)).
succ(X, _) :- nonvar(X), !, throw(error(type_error(integer, X), _)).
succ(_, Y) :- throw(error(type_error(integer, Y), _)).
plus(X, Y, Z) :- nonvar(X), nonvar(Y), !, Z is X+Y.
plus(X, Y, Z) :- nonvar(X), nonvar(Z), !, Y is Z-X.
plus(X, Y, Z) :- X is Z-Y.
random(X) :- X is random_float.
random_between(L, H, X) :- X is L + random(H-L+1).
