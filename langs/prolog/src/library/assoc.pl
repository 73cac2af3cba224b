% Association lists: AVL trees.

empty_assoc(t).
get_assoc(K, t(K1,V1,_,L,R), V) :- compare(O, K, K1), '$get_assoc'(O, K, V, V1, L, R).
'$get_assoc'(=, _, V, V, _, _).
'$get_assoc'(<, K, V, _, L, _) :- get_assoc(K, L, V).
'$get_assoc'(>, K, V, _, _, R) :- get_assoc(K, R, V).
put_assoc(K, A0, V, A) :- '$put_assoc'(A0, K, V, A, _).
'$put_assoc'(t, K, V, t(K,V,<,t,t), yes).
'$put_assoc'(t(K1,V1,B,L,R), K, V, T, C) :- compare(O, K, K1), '$put_assoc'(O, K, V, K1, V1, B, L, R, T, C).
'$put_assoc'(=, K, V, _, _, B, L, R, t(K,V,B,L,R), no).
'$put_assoc'(<, K, V, K1, V1, B, L, R, T, C) :- '$put_assoc'(L, K, V, L1, LC), '$rebalance'(LC, t(K1,V1,B,L,R), B, T, _, C, L1, left).
'$put_assoc'(>, K, V, K1, V1, B, L, R, T, C) :- '$put_assoc'(R, K, V, R1, RC), '$rebalance'(RC, t(K1,V1,B,L,R), B, T, _, C, R1, right).
'$rebalance'(no, t(K,V,B,_,R), _, t(K,V,B,L1,R), _, no, L1, left) :- !.
'$rebalance'(no, t(K,V,B,L,_), _, t(K,V,B,L,R1), _, no, R1, right) :- !.
'$rebalance'(yes, t(K,V,<,_,R), _, t(K,V,l,L1,R), _, yes, L1, left) :- !.
'$rebalance'(yes, t(K,V,<,L,_), _, t(K,V,r,L,R1), _, yes, R1, right) :- !.
'$rebalance'(yes, t(K,V,r,_,R), _, t(K,V,<,L1,R), _, no, L1, left) :- !.
'$rebalance'(yes, t(K,V,l,L,_), _, t(K,V,<,L,R1), _, no, R1, right) :- !.
'$rebalance'(yes, t(K,V,l,_,R), _, T, _, no, L1, left) :- !, '$rotate_right'(L1, K, V, R, T).
'$rebalance'(yes, t(K,V,r,L,_), _, T, _, no, R1, right) :- '$rotate_left'(R1, K, V, L, T).
'$rotate_right'(t(K1,V1,l,A,B), K, V, C, t(K1,V1,<,A,t(K,V,<,B,C))) :- !.
'$rotate_right'(t(K1,V1,r,A,t(K2,V2,B2,B,C)), K, V, D, t(K2,V2,<,t(K1,V1,BL,A,B),t(K,V,BR,C,D))) :- '$rotated'(B2, BL, BR).
'$rotate_left'(t(K1,V1,r,B,C), K, V, A, t(K1,V1,<,t(K,V,<,A,B),C)) :- !.
'$rotate_left'(t(K1,V1,l,t(K2,V2,B2,B,C),D), K, V, A, t(K2,V2,<,t(K,V,BL,A,B),t(K1,V1,BR,C,D))) :- '$rotated'(B2, BL, BR).
'$rotated'(l, <, r).
'$rotated'(r, l, <).
'$rotated'(<, <, <).
list_to_assoc(L, A) :- '$must_be'(list, L), '$list_to_assoc'(L, L, t, A).
'$list_to_assoc'([], _, A, A).
'$list_to_assoc'([P|T], L, A0, A) :-
    ( nonvar(P), P = K-V -> true ; var(P) -> throw(error(instantiation_error, _)) ; throw(error(type_error(pair, P), _)) ),
    ( get_assoc(K, A0, _) -> throw(error(domain_error(unique_key_pairs, L), _)) ; true ),
    put_assoc(K, A0, V, A1), '$list_to_assoc'(T, L, A1, A).
ord_list_to_assoc(L, A) :- '$must_be'(list, L), ( '$ordered_keys'(L) -> list_to_assoc(L, A) ; throw(error(domain_error(key_ordered_pairs, L), _)) ).
'$ordered_keys'([]).
'$ordered_keys'([_]) :- !.
'$ordered_keys'([K1-_,K2-V2|T]) :- K1 @< K2, '$ordered_keys'([K2-V2|T]).
assoc_to_list(t, []).
assoc_to_list(t(K,V,_,L,R), List) :- assoc_to_list(L, LL), assoc_to_list(R, RL), '$append'(LL, [K-V|RL], List).
assoc_to_keys(A, Ks) :- assoc_to_list(A, L), pairs_keys(L, Ks).
assoc_to_values(A, Vs) :- assoc_to_list(A, L), pairs_values(L, Vs).
map_assoc(_, t).
map_assoc(G, t(_,V,_,L,R)) :- map_assoc(G, L), call(G, V), map_assoc(G, R).
map_assoc(_, t, t).
map_assoc(G, t(K,V,B,L,R), t(K,W,B,L1,R1)) :- map_assoc(G, L, L1), call(G, V, W), map_assoc(G, R, R1).
min_assoc(t(K,V,_,t,_), K, V) :- !.
min_assoc(t(_,_,_,L,_), K, V) :- min_assoc(L, K, V).
max_assoc(t(K,V,_,_,t), K, V) :- !.
max_assoc(t(_,_,_,_,R), K, V) :- max_assoc(R, K, V).
del_min_assoc(A, K, V, A1) :- min_assoc(A, K, V), del_assoc(K, A, V, A1).
del_max_assoc(A, K, V, A1) :- max_assoc(A, K, V), del_assoc(K, A, V, A1).
gen_assoc(K, A, V) :- ( ground(K) -> get_assoc(K, A, V) ; '$gen_assoc'(A, K, V) ).
'$gen_assoc'(t(K1,V1,_,L,R), K, V) :- ( '$gen_assoc'(L, K, V) ; K = K1, V = V1 ; '$gen_assoc'(R, K, V) ).
del_assoc(K, A, V, A1) :- assoc_to_list(A, L), '$del_pair'(L, K, V, L1), list_to_assoc(L1, A1).
'$del_pair'([K1-V1|T], K, V, L) :- ( K1 == K -> V = V1, L = T ; L = [K1-V1|L1], '$del_pair'(T, K, V, L1) ).
is_assoc(A) :- nonvar(A), ( A == t -> true ; A = t(_,_,_,L,R), is_assoc(L), is_assoc(R) ).
