% Lists.

'$append'([], L, L).
'$append'([H|T], L, [H|R]) :- '$append'(T, L, R).
append([], L, L).
append([H|T], L, [H|R]) :- append(T, L, R).
append(Ls, L) :- '$append_all'(Ls, L).
'$append_all'([], []).
'$append_all'([L|Ls], R) :- '$append'(L, R0, R), '$append_all'(Ls, R0).
'$member'(X, [Y|Ys]) :- '$member_'(Ys, X, Y).
'$member_'(_, X, X).
'$member_'([Y|Ys], X, _) :- '$member_'(Ys, X, Y).
member(X, [Y|Ys]) :- '$member_'(Ys, X, Y).
memberchk(X, L) :- '$member'(X, L), !.
length(L, N) :- '$skip_list'(L, N0, Tail), '$length_tail'(Tail, N0, L, N).
'$length_tail'(Tail, _, L, N) :- nonvar(Tail), !, '$length'(L, N).
'$length_tail'(_, _, L, N) :- nonvar(N), !, '$length'(L, N).
'$length_tail'(Tail, _, _, N) :- Tail == N, !, fail.
'$length_tail'(Tail, N0, _, N) :- '$length_grow'(Tail, N0, N).
'$length_grow'([], N, N).
'$length_grow'([_|T], N0, N) :- N1 is N0+1, '$length_grow'(T, N1, N).
reverse(L, R) :- '$reverse'(L, [], R).
'$reverse'([], R, R).
'$reverse'([H|T], A, R) :- '$reverse'(T, [H|A], R).
nth0(I, L, E) :- integer(I), !, I >= 0, '$nth'(I, L, E).
nth0(I, L, E) :- var(I), !, '$nth_any'(L, E, 0, I).
nth0(I, _, _) :- '$must_be_integer'(I).
nth1(I, L, E) :- integer(I), !, I >= 1, I0 is I-1, '$nth'(I0, L, E).
nth1(I, L, E) :- var(I), !, '$nth_any'(L, E, 1, I).
nth1(I, _, _) :- '$must_be_integer'(I).
'$nth'(0, [E|_], E) :- !.
'$nth'(I, [_|T], E) :- I1 is I-1, '$nth'(I1, T, E).
'$nth_any'([E|_], E, I, I).
'$nth_any'([_|T], E, I0, I) :- I1 is I0+1, '$nth_any'(T, E, I1, I).
nth0(I, L, E, R) :- integer(I), !, I >= 0, '$nth_del'(I, L, E, R).
nth0(I, L, E, R) :- var(I), '$nth_gen'(L, E, R, 0, I).
nth1(I, L, E, R) :- integer(I), !, I >= 1, I0 is I-1, '$nth_del'(I0, L, E, R).
nth1(I, L, E, R) :- var(I), '$nth_gen'(L, E, R, 1, I).
'$nth_del'(0, [E|T], E, T) :- !.
'$nth_del'(I, [H|T], E, [H|R]) :- I1 is I-1, '$nth_del'(I1, T, E, R).
'$nth_gen'([E|T], E, T, I, I).
'$nth_gen'([H|T], E, [H|R], I0, I) :- I1 is I0+1, '$nth_gen'(T, E, R, I1, I).
last([X|Xs], L) :- '$last'(Xs, X, L).
'$last'([], L, L).
'$last'([X|Xs], _, L) :- '$last'(Xs, X, L).
sum_list(L, S) :- '$sum'(L, 0, S).
sumlist(L, S) :- '$sum'(L, 0, S).
'$sum'([], S, S).
'$sum'([X|Xs], S0, S) :- S1 is S0+X, '$sum'(Xs, S1, S).
max_list([H|T], M) :- '$max'(T, H, M).
'$max'([], M, M).
'$max'([X|Xs], M0, M) :- M1 is max(M0, X), '$max'(Xs, M1, M).
min_list([H|T], M) :- '$min'(T, H, M).
'$min'([], M, M).
'$min'([X|Xs], M0, M) :- M1 is min(M0, X), '$min'(Xs, M1, M).
max_member(M, L) :- '$max_member'(L, M).
'$max_member'([H|T], M) :- '$max_term'(T, H, M).
'$max_term'([], M, M).
'$max_term'([X|Xs], M0, M) :- ( X @> M0 -> '$max_term'(Xs, X, M) ; '$max_term'(Xs, M0, M) ).
min_member(M, L) :- '$min_member'(L, M).
'$min_member'([H|T], M) :- '$min_term'(T, H, M).
'$min_term'([], M, M).
'$min_term'([X|Xs], M0, M) :- ( X @< M0 -> '$min_term'(Xs, X, M) ; '$min_term'(Xs, M0, M) ).
numlist(L, H, Ns) :- '$must_be_integer'(L), '$must_be_integer'(H), L =< H, '$numlist'(L, H, Ns).
'$numlist'(H, H, [H]) :- !.
'$numlist'(L, H, [L|T]) :- L1 is L+1, '$numlist'(L1, H, T).
select(X, [X|T], T).
select(X, [H|T], [H|R]) :- select(X, T, R).
selectchk(X, L, R) :- select(X, L, R), !.
select(X, Xs, Y, Ys) :- '$select4'(Xs, X, Y, Ys).
'$select4'([X|T], X, Y, [Y|T]).
'$select4'([H|T], X, Y, [H|T2]) :- '$select4'(T, X, Y, T2).
exclude(_, [], []).
exclude(P, [X|Xs], R) :- ( call(P, X) -> R = R1 ; R = [X|R1] ), exclude(P, Xs, R1).
include(_, [], []).
include(P, [X|Xs], R) :- ( call(P, X) -> R = [X|R1] ; R = R1 ), include(P, Xs, R1).
partition(_, [], [], []).
partition(P, [X|Xs], I, E) :- ( call(P, X) -> I = [X|I1], E = E1 ; I = I1, E = [X|E1] ), partition(P, Xs, I1, E1).
maplist(_, []).
maplist(G, [A|As]) :- call(G, A), maplist(G, As).
maplist(G, As, Bs) :- '$maplist'(As, Bs, G).
'$maplist'([], [], _).
'$maplist'([A|As], [B|Bs], G) :- call(G, A, B), '$maplist'(As, Bs, G).
maplist(G, As, Bs, Cs) :- '$maplist'(As, Bs, Cs, G).
'$maplist'([], [], [], _).
'$maplist'([A|As], [B|Bs], [C|Cs], G) :- call(G, A, B, C), '$maplist'(As, Bs, Cs, G).
maplist(G, As, Bs, Cs, Ds) :- '$maplist'(As, Bs, Cs, Ds, G).
'$maplist'([], [], [], [], _).
'$maplist'([A|As], [B|Bs], [C|Cs], [D|Ds], G) :- call(G, A, B, C, D), '$maplist'(As, Bs, Cs, Ds, G).
foldl(G, L, A0, A) :- '$foldl'(L, G, A0, A).
'$foldl'([], _, A, A).
'$foldl'([X|Xs], G, A0, A) :- call(G, X, A0, A1), '$foldl'(Xs, G, A1, A).
foldl(G, L, M, A0, A) :- '$foldl'(L, M, G, A0, A).
'$foldl'([], [], _, A, A).
'$foldl'([X|Xs], [Y|Ys], G, A0, A) :- call(G, X, Y, A0, A1), '$foldl'(Xs, Ys, G, A1, A).
delete([], _, []).
delete([H|T], X, R) :- ( H \= X -> R = [H|R1] ; R = R1 ), delete(T, X, R1).
subtract([], _, []).
subtract([H|T], L, R) :- ( memberchk(H, L) -> R = R1 ; R = [H|R1] ), subtract(T, L, R1).
intersection([], _, []).
intersection([H|T], L, R) :- ( memberchk(H, L) -> R = [H|R1] ; R = R1 ), intersection(T, L, R1).
union([], L, L).
union([H|T], L, R) :- ( memberchk(H, L) -> R = R1 ; R = [H|R1] ), union(T, L, R1).
list_to_set(L, S) :- '$to_set'(L, [], S).
'$to_set'([], _, []).
'$to_set'([H|T], Seen, R) :- ( '$member_identical'(H, Seen) -> R = R1 ; R = [H|R1] ), '$to_set'(T, [H|Seen], R1).
permutation([], []).
permutation(L, [H|T]) :- select(H, L, R), permutation(R, T).
flatten(L, F) :- '$flatten'(L, [], F0), !, F = F0.
'$flatten'(V, T, [V|T]) :- var(V), !.
'$flatten'([], T, T) :- !.
'$flatten'([H|R], T, F) :- !, '$flatten'(H, F1, F), '$flatten'(R, T, F1).
'$flatten'(A, T, [A|T]).
pairs_keys_values([], [], []).
pairs_keys_values([K-V|T], [K|Ks], [V|Vs]) :- pairs_keys_values(T, Ks, Vs).
pairs_keys([], []).
pairs_keys([K-_|T], [K|Ks]) :- pairs_keys(T, Ks).
pairs_values([], []).
pairs_values([_-V|T], [V|Vs]) :- pairs_values(T, Vs).
list_to_ord_set(L, S) :- sort(L, S).
ord_union([], B, B).
ord_union([X|A], B, C) :- '$ord_union'(B, X, A, C).
'$ord_union'([], X, A, [X|A]).
'$ord_union'([Y|B], X, A, C) :- compare(O, X, Y), '$ord_union'(O, X, A, Y, B, C).
'$ord_union'(<, X, A, Y, B, [X|C]) :- '$ord_union'(A, Y, B, C).
'$ord_union'(=, X, A, _, B, [X|C]) :- ord_union(A, B, C).
'$ord_union'(>, X, A, Y, B, [Y|C]) :- '$ord_union'(B, X, A, C).
ord_subtract(A, B, C) :- '$ord_subtract'(A, B, C).
'$ord_subtract'([], _, []).
'$ord_subtract'([X|A], B, C) :- '$ord_subtract_'(B, X, A, C).
'$ord_subtract_'([], X, A, [X|A]).
'$ord_subtract_'([Y|B], X, A, C) :- compare(O, X, Y), '$ord_subtract'(O, X, A, Y, B, C).
'$ord_subtract'(<, X, A, Y, B, [X|C]) :- '$ord_subtract'(A, [Y|B], C).
'$ord_subtract'(=, _, A, _, B, C) :- '$ord_subtract'(A, B, C).
'$ord_subtract'(>, X, A, _, B, C) :- '$ord_subtract_'(B, X, A, C).
ord_symdiff(A, B, C) :- '$ord_subtract'(A, B, D), '$ord_subtract'(B, A, E), ord_union(D, E, C).
ord_disjoint(A, B) :- ord_intersection(A, B, []).
ord_intersect(A, B) :- \+ ord_disjoint(A, B).
ord_memberchk(X, [Y|Ys]) :- compare(O, X, Y), ( O = (=) -> true ; O = (>), ord_memberchk(X, Ys) ).
ord_selectchk(X, S, R) :- ord_memberchk(X, S), '$ord_subtract'(S, [X], R).
ord_insert(S, E, S2) :- ord_union(S, [E], S2).
predsort(P, L, Sorted) :- length(L, N), ( N =:= 0 -> Sorted = [] ; '$predsort'(P, N, L, _, Sorted) ).
'$predsort'(P, 2, [X1,X2|L], L, R) :- !, call(P, Delta, X1, X2), '$psort2'(Delta, X1, X2, R).
'$predsort'(_, 1, [X|L], L, [X]) :- !.
'$predsort'(_, 0, L, L, []) :- !.
'$predsort'(P, N, L1, L3, R) :- N1 is N // 2, N2 is N - N1, '$predsort'(P, N1, L1, L2, R1), '$predsort'(P, N2, L2, L3, R2), '$predmerge'(P, R1, R2, R).
'$psort2'(<, X1, X2, [X1,X2]).
'$psort2'(=, X1, _, [X1]).
'$psort2'(>, X1, X2, [X2,X1]).
'$predmerge'(_, [], R, R) :- !.
'$predmerge'(_, R, [], R) :- !.
'$predmerge'(P, [H1|T1], [H2|T2], Result) :- call(P, Delta, H1, H2), !, '$predmerge_'(Delta, P, H1, H2, T1, T2, Result).
'$predmerge_'(<, P, H1, H2, T1, T2, [H1|R]) :- '$predmerge'(P, T1, [H2|T2], R).
'$predmerge_'(=, P, H1, _, T1, T2, [H1|R]) :- '$predmerge'(P, T1, T2, R).
'$predmerge_'(>, P, H1, H2, T1, T2, [H2|R]) :- '$predmerge'(P, [H1|T1], T2, R).
subset([], _).
subset([H|T], L) :- memberchk(H, L), subset(T, L).
same_length([], []).
same_length([_|A], [_|B]) :- same_length(A, B).
proper_length(L, N) :- is_list(L), length(L, N).
nextto(X, Y, [X,Y|_]).
nextto(X, Y, [_|T]) :- nextto(X, Y, T).
is_set(L) :- is_list(L), '$all_different'(L).
'$all_different'([]).
'$all_different'([H|T]) :- \+ '$member_identical'(H, T), '$all_different'(T).
convlist(_, [], []).
convlist(G, [X|Xs], Ys) :- ( call(G, X, Y) -> Ys = [Y|Ys1] ; Ys = Ys1 ), convlist(G, Xs, Ys1).
clumped([], []).
clumped([X|Xs], [X-N|Ps]) :- '$clump'(Xs, X, 1, N, Rest), clumped(Rest, Ps).
'$clump'([Y|Ys], X, N0, N, Rest) :- Y == X, !, N1 is N0+1, '$clump'(Ys, X, N1, N, Rest).
'$clump'(Rest, _, N, N, Rest).
subseq([], [], []).
subseq([X|Xs], Ys, [X|Zs]) :- subseq(Xs, Ys, Zs).
subseq([X|Xs], [X|Ys], Zs) :- subseq(Xs, Ys, Zs).
partition(_, [], [], [], []).
partition(P, [X|Xs], L, E, G) :-
    call(P, O, X),
    '$partition'(O, X, L, E, G, L1, E1, G1),
    partition(P, Xs, L1, E1, G1).
'$partition'(<, X, [X|L], E, G, L, E, G).
'$partition'(=, X, L, [X|E], G, L, E, G).
'$partition'(>, X, L, E, [X|G], L, E, G).
maplist(G, As, Bs, Cs, Ds, Es) :- '$maplist'(As, Bs, Cs, Ds, Es, G).
'$maplist'([], [], [], [], [], _).
'$maplist'([A|As], [B|Bs], [C|Cs], [D|Ds], [E|Es], G) :- call(G, A, B, C, D, E), '$maplist'(As, Bs, Cs, Ds, Es, G).
foldl(G, L, M, N, A0, A) :- '$foldl'(L, M, N, G, A0, A).
'$foldl'([], [], [], _, A, A).
'$foldl'([X|Xs], [Y|Ys], [Z|Zs], G, A0, A) :- call(G, X, Y, Z, A0, A1), '$foldl'(Xs, Ys, Zs, G, A1, A).
random_member(X, L) :- length(L, N), N > 0, I is random(N), nth0(I, L, X).
random_permutation(L, P) :- '$random_keys'(L, K), keysort(K, S), pairs_values(S, P).
'$random_keys'([], []).
'$random_keys'([X|Xs], [R-X|Ks]) :- R is random_float, '$random_keys'(Xs, Ks).
ord_empty([]).
ord_add_element(S, E, S2) :- ord_union(S, [E], S2).
ord_del_element(S, E, S2) :- '$ord_subtract'(S, [E], S2).
ord_intersection([], _, []).
ord_intersection([X|A], B, C) :- '$ord_intersection'(B, X, A, C).
'$ord_intersection'([], _, _, []).
'$ord_intersection'([Y|B], X, A, C) :- compare(O, X, Y), '$ord_intersection'(O, X, A, Y, B, C).
'$ord_intersection'(<, _, A, Y, B, C) :- '$ord_intersection'(A, Y, B, C).
'$ord_intersection'(=, X, A, _, B, [X|C]) :- ord_intersection(A, B, C).
'$ord_intersection'(>, X, A, _, B, C) :- '$ord_intersection'(B, X, A, C).
ord_subset(A, B) :- '$ord_subtract'(A, B, []).
ord_seteq(A, B) :- A == B.
ord_union(Ls, S) :- '$append_all'(Ls, L), sort(L, S).
is_ordset(S) :- is_list(S), sort(S, S1), S == S1.
maplist(G, As, Bs, Cs, Ds, Es, Fs) :- '$maplist'(As, Bs, Cs, Ds, Es, Fs, G).
'$maplist'([], [], [], [], [], [], _).
'$maplist'([A|As], [B|Bs], [C|Cs], [D|Ds], [E|Es], [F|Fs], G) :- call(G, A, B, C, D, E, F), '$maplist'(As, Bs, Cs, Ds, Es, Fs, G).
foldl(G, K, L, M, N, A0, A) :- '$foldl'(K, L, M, N, G, A0, A).
'$foldl'([], [], [], [], _, A, A).
'$foldl'([W|Ws], [X|Xs], [Y|Ys], [Z|Zs], G, A0, A) :- call(G, W, X, Y, Z, A0, A1), '$foldl'(Ws, Xs, Ys, Zs, G, A1, A).
foldr(G, L, A0, A) :- '$foldr'(L, G, A0, A).
'$foldr'([], _, A, A).
'$foldr'([X|Xs], G, A0, A) :- '$foldr'(Xs, G, A0, A1), call(G, X, A1, A).
map_list_to_pairs(G, L, Ps) :- '$keys_of'(L, G, Ps).
'$keys_of'([], _, []).
'$keys_of'([X|Xs], G, [K-X|Ps]) :- call(G, X, K), '$keys_of'(Xs, G, Ps).
transpose_pairs(Ps, Ts) :- '$flip'(Ps, Fs), keysort(Fs, Ts).
'$flip'([], []).
'$flip'([K-V|Ps], [V-K|Fs]) :- '$flip'(Ps, Fs).
max_member(P, M, [X|Xs]) :- '$max_by'(Xs, P, X, M).
'$max_by'([], _, M, M).
'$max_by'([X|Xs], P, M0, M) :- ( call(P, M0, X) -> '$max_by'(Xs, P, X, M) ; '$max_by'(Xs, P, M0, M) ).
min_member(P, M, [X|Xs]) :- '$min_by'(Xs, P, X, M).
'$min_by'([], _, M, M).
'$min_by'([X|Xs], P, M0, M) :- ( call(P, X, M0) -> '$min_by'(Xs, P, X, M) ; '$min_by'(Xs, P, M0, M) ).
