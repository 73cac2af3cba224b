% Numbers.

between(L, H, X) :- integer(X), integer(L), nonvar(H), !, L =< X, '$must_be_bound'(H), '$below'(X, H).
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
divmod(X, Y, Q, R) :- Q is X div Y, R is X mod Y.
nth_integer_root_and_remainder(N, I, Root, R) :- '$must_be'(positive_integer, N), '$must_be_integer'(I), '$root'(N, I, Root), R is I-Root**N.
'$root'(N, I, R) :- I < 0, !, ( N mod 2 =:= 1 -> J is -I, '$root'(N, J, R0), R is -R0 ; throw(error(evaluation_error(undefined), _)) ).
'$root'(N, I, R) :- B is msb(max(I, 1))//N+1, H is 1<<B, '$root'(N, I, 0, H, R).
'$root'(_, _, L, H, R) :- H =< L+1, !, R = L.
'$root'(N, I, L, H, R) :- M is (L+H)//2, ( M**N =< I -> '$root'(N, I, M, H, R) ; '$root'(N, I, L, M, R) ).
random(X) :- X is random_float.
random_between(L, H, X) :- X is L + random(H-L+1).
