% The part of the system that is written in Prolog.

X = X.
X == Y :- X == Y.
X \== Y :- X \== Y.
X is Y :- X is Y.
X =:= Y :- X =:= Y.
X =\= Y :- X =\= Y.
X < Y :- X < Y.
X =< Y :- X =< Y.
X > Y :- X > Y.
X >= Y :- X >= Y.
var(X) :- var(X).
nonvar(X) :- nonvar(X).
atom(X) :- atom(X).
integer(X) :- integer(X).
float(X) :- float(X).
number(X) :- number(X).
atomic(X) :- atomic(X).
compound(X) :- compound(X).
callable(X) :- callable(X).
true.
otherwise.
fail :- fail.
false :- fail.
!.
repeat.
repeat :- repeat.
A , B :- call((A , B)).
A ; B :- call((A ; B)).
A -> B :- call((A -> B)).
A *-> B :- call((A *-> B)).
\+ A :- \+ call(A).
not(A) :- \+ call(A).
once(G) :- call(G), !.
ignore(G) :- (call(G) -> true ; true).
_ : G :- call(G).
apply(G, Extra) :- G =.. L0, '$append'(L0, Extra, L), G2 =.. L, call(G2).
forall(C, A) :- \+ (call(C), \+ call(A)).
call_cleanup(G, C) :- setup_call_cleanup(true, G, C).
setup_call_cleanup(S, G, C) :-
    once(S),
    catch(G, E, true) -> (ignore(C), (nonvar(E) -> throw(E) ; true)) ; (ignore(C), fail).

% ---- all solutions
findall(T, G, L) :- '$bag_new'(B), '$collect'(T, G, B), '$bag_list'(B, L0), L = L0.
findall(T, G, L, Tail) :- findall(T, G, L0), '$append'(L0, Tail, L).
'$collect'(T, G, B) :- call(G), '$bag_add'(B, T), fail.
'$collect'(_, _, _).
findnsols(N, T, G, L) :- findall(T, limit(N, G), L).
limit(N, G) :- S = count(0), call(G), arg(1, S, C0), C is C0+1, nb_setarg(1, S, C), (C =:= N -> ! ; true).
aggregate_all(count, G, C) :- !, S = count(0), ( call(G), arg(1, S, C0), C1 is C0+1, nb_setarg(1, S, C1), fail ; arg(1, S, C) ).
aggregate_all(count(T), G, C) :- !, findall(T, G, L), length(L, C).
aggregate_all(sum(E), G, S) :- !, findall(E, G, L), sum_list(L, S).
aggregate_all(bag(E), G, L) :- !, findall(E, G, L).
aggregate_all(set(E), G, S) :- !, findall(E, G, L), sort(L, S).
aggregate_all(max(E-W), G, max(M, MW)) :- !, findall(E-W, G, L), L = [H|T], '$max_pair'(T, H, M-MW).
aggregate_all(min(E-W), G, min(M, MW)) :- !, findall(E-W, G, L), L = [H|T], '$min_pair'(T, H, M-MW).
aggregate_all(max(E), G, M) :- !, findall(E, G, L), L = [_|_], max_list(L, M).
aggregate_all(min(E), G, M) :- !, findall(E, G, L), L = [_|_], min_list(L, M).
'$max_pair'([], M, M).
'$max_pair'([E-W|T], E0-W0, M) :- ( E > E0 -> '$max_pair'(T, E-W, M) ; '$max_pair'(T, E0-W0, M) ).
'$min_pair'([], M, M).
'$min_pair'([E-W|T], E0-W0, M) :- ( E < E0 -> '$min_pair'(T, E-W, M) ; '$min_pair'(T, E0-W0, M) ).

'$strip_carets'(G, G, []) :- var(G), !.
'$strip_carets'(V^G0, G, [V|Vs]) :- !, '$strip_carets'(G0, G, Vs).
'$strip_carets'(_:G0, G, Vs) :- nonvar(G0), G0 = _^_, !, '$strip_carets'(G0, G, Vs).
'$strip_carets'(G, G, []).
_ ^ G :- call(G).
bagof(T, G0, L) :-
    '$strip_carets'(G0, G, Bound),
    term_variables(T-Bound, BoundVars),
    term_variables(G, GoalVars),
    '$free_variables'(GoalVars, BoundVars, Free),
    ( Free == [] ->
        findall(T, G, L0), L0 = [_|_], L = L0
    ;   Witness =.. [v|Free],
        findall(Witness-T, G, Pairs), Pairs = [_|_],
        keysort(Pairs, Sorted),
        '$groups'(Sorted, Groups),
        '$member'(Witness-L, Groups)
    ).
'$free_variables'([], _, []).
'$free_variables'([V|Vs], Bound, Free) :-
    ( '$member_identical'(V, Bound) -> Free = Free1 ; Free = [V|Free1] ),
    '$free_variables'(Vs, Bound, Free1).
'$member_identical'(X, [Y|Ys]) :- ( X == Y -> true ; '$member_identical'(X, Ys) ).
'$groups'([], []).
'$groups'([W-T|Rest], [W-[T|Ts]|Groups]) :- '$same_witness'(Rest, W, Ts, Others), '$groups'(Others, Groups).
'$same_witness'([], _, [], []).
'$same_witness'([W2-T|Rest], W, Ts, Others) :-
    ( W2 =@= W -> W2 = W, Ts = [T|Ts1], '$same_witness'(Rest, W, Ts1, Others)
    ; ground(W) -> Ts = [], Others = [W2-T|Rest]
    ; Others = [W2-T|Others1], '$same_witness'(Rest, W, Ts, Others1) ).
setof(T, G, S) :- bagof(T, G, L), sort(L, S).

% ---- lists
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
'$skip_list'(L, N, Tail) :- '$skip_list'(L, 0, N, Tail).
'$skip_list'(L, N, N, L) :- var(L), !.
'$skip_list'([_|T], N0, N, Tail) :- !, N1 is N0+1, '$skip_list'(T, N1, N, Tail).
'$skip_list'(L, N, N, L).
'$length_tail'(Tail, _, L, N) :- nonvar(Tail), !, '$length'(L, N).
'$length_tail'(_, _, L, N) :- nonvar(N), !, '$length'(L, N).
'$length_tail'(Tail, _, _, N) :- Tail == N, !, '$resource_error'(infinite_list).
'$length_tail'(Tail, N0, _, N) :- '$length_grow'(Tail, N0, N).
'$length_grow'([], N, N).
'$length_grow'([_|T], N0, N) :- N1 is N0+1, '$length_grow'(T, N1, N).
reverse(L, R) :- '$reverse'(L, [], R).
'$reverse'([], R, R).
'$reverse'([H|T], A, R) :- '$reverse'(T, [H|A], R).
nth0(I, L, E) :- integer(I), !, I >= 0, '$nth'(I, L, E).
nth0(I, L, E) :- var(I), '$nth_any'(L, E, 0, I).
nth1(I, L, E) :- integer(I), !, I >= 1, I0 is I-1, '$nth'(I0, L, E).
nth1(I, L, E) :- var(I), '$nth_any'(L, E, 1, I).
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
last([X], X) :- !.
last([_|T], X) :- last(T, X).
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
numlist(L, H, []) :- L > H, !.
numlist(L, H, [L|T]) :- L1 is L+1, numlist(L1, H, T).
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
ord_union(A, B, C) :- '$append'(A, B, L), sort(L, C).
ord_subtract(A, B, C) :- '$ord_subtract'(A, B, C).
'$ord_subtract'([], _, []).
'$ord_subtract'([H|T], L, R) :- ( '$member_identical'(H, L) -> R = R1 ; R = [H|R1] ), '$ord_subtract'(T, L, R1).
ord_memberchk(X, L) :- '$member_identical'(X, L).
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

% ---- numbers
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

% ---- terms
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

% ---- texts
atom_concat(A, B, C) :- nonvar(A), nonvar(B), !, '$atom_concat'(A, B, C).
atom_concat(A, B, C) :- ( var(C) -> throw(error(instantiation_error, context(system:atom_concat/3, _))) ; true ),
    '$sub_text'(C, s(0, _, _), false, L), '$member'(s(_, _, N, A), L), '$sub_text'(C, s(_, N, 0), false, [s(_, _, _, B)]).
string_concat(A, B, C) :- nonvar(A), nonvar(B), !, '$string_concat'(A, B, C).
string_concat(A, B, C) :- '$sub_text'(C, s(0, _, _), true, L), '$member'(s(_, _, N, A), L), '$sub_text'(C, s(_, N, 0), true, [s(_, _, _, B)]).
sub_atom(A, B, L, R, Sub) :- nonvar(Sub), !, '$sub_text'(A, Sub, false, S), '$member'(s(B, L, R), S).
sub_atom(A, B, L, R, Sub) :- '$sub_text'(A, s(B, L, R), false, S), '$member'(s(B, L, R, Sub), S).
sub_string(A, B, L, R, Sub) :- nonvar(Sub), !, '$sub_text'(A, Sub, true, S), '$member'(s(B, L, R), S).
sub_string(A, B, L, R, Sub) :- '$sub_text'(A, s(B, L, R), true, S), '$member'(s(B, L, R, Sub), S).
split_string(S, Sep, Pad, Parts) :- '$split'(S, Sep, Pad, Parts).
atomic_list_concat(L, A) :- '$join'(join, L, '', A).
atomic_list_concat(L, Sep, A) :- is_list(L), ground(L), !, '$join'(join, L, Sep, A).
atomic_list_concat(L, Sep, A) :- '$join'(split, L0, Sep, A), L = L0.
char_type(C, T) :- '$char_type'(C, T).
code_type(C, T) :- '$char_type'(C, T).
read_term_from_atom(A, T, _) :- term_to_atom(T, A).
sformat(S, F) :- sformat(S, F, []).
concat_atom(L, A) :- atomic_list_concat(L, A).
concat_atom(L, S, A) :- atomic_list_concat(L, S, A).
text_to_string(T, S) :- '$string_concat'(T, '', S).

% ---- output
format(S, F, A) :- '$sink'(S), !, '$capture', ( catch(format(F, A), E, true) -> true ; true ), '$captured'(T), ( nonvar(E) -> throw(E) ; true ), '$to_sink'(S, T).
format(S, F, A) :- '$format_on'(S, F, A).
'$sink'(S) :- compound(S).
'$to_sink'(atom(A), T) :- atom_string(A, T).
'$to_sink'(string(T), T).
'$to_sink'(codes(Cs), T) :- string_codes(T, Cs).
'$to_sink'(chars(Cs), T) :- string_chars(T, Cs).
with_output_to(S, G) :- '$capture', ( catch(G, E, true) -> R = true ; R = fail ), '$captured'(T), ( nonvar(E) -> throw(E) ; true ), R == true, '$to_sink'(S, T).
portray_clause(C) :- \+ \+ ( numbervars(C, 0, _), '$portray'(C) ).
'$portray'((H :- true)) :- !, writeq(H), write('.'), nl.
'$portray'((H :- B)) :- !, writeq(H), write(' :-'), nl, '$portray_body'(B), write('.'), nl.
'$portray'(F) :- writeq(F), write('.'), nl.
'$portray_body'((A, B)) :- !, '$portray_body'(A), write(','), nl, '$portray_body'(B).
'$portray_body'(G) :- write('    '), writeq(G).
listing(N/A) :- !, functor(H, N, A), ( '$predicate_property'(H, Ps), '$member'(dynamic, Ps) -> format(':- dynamic ~q/~w.~n~n', [N, A]) ; true ), ( clause(H, B), portray_clause((H :- B)), fail ; true ), nl.
listing(N) :- '$predicates'(N, L), '$member'(PI, L), listing(PI), fail.
listing(_).
print_message(error, E) :- !, '$print_error'(E).
print_message(_, _).
print_message_lines(_, _, _).
message_to_codes(_, _, _).
read_line_to_string(_, S) :- '$read_line'(S).
read_term(_, T, _) :- read(T).
read(_, T) :- read(T).
current_output(user_output).
current_input(user_input).

% ---- the database
clause(H, B) :- '$clause_first'(H, clause, C, N, G), '$clause_step'(C, N, G, H, Ref), '$clause_terms'(Ref, H, B).
clause(H, B, Ref) :- '$clause_first'(H, clause, C, N, G), '$clause_step'(C, N, G, H, Ref), '$clause_terms'(Ref, H, B).
'$clause_step'(C, N, _, _, Ref) :- N == none, !, Ref = C.
'$clause_step'(C, _, _, _, C).
'$clause_step'(_, N, G, H, Ref) :- '$clause_next'(H, N, G, C, N2, _), '$clause_step'(C, N2, G, H, Ref).
retract(C) :- '$split_clause'(C, H, B), '$clause_first'(H, retract, C1, N, G), '$clause_step'(C1, N, G, H, Ref), '$clause_terms'(Ref, H, B), '$erase'(Ref).
'$split_clause'(C, _, _) :- var(C), !, throw(error(instantiation_error, _)).
'$split_clause'(_:C, H, B) :- !, '$split_clause'(C, H, B).
'$split_clause'((H :- B), H, B) :- !.
'$split_clause'(H, H, true).
erase(Ref) :- '$erase'(Ref).
dynamic(L) :- '$declare'(dynamic, L).
discontiguous(L) :- '$declare'(discontiguous, L).
multifile(L) :- '$declare'(multifile, L).
module_transparent(_).
meta_predicate(_).
public(_).
table(_).
ensure_loaded(F) :- ( F = library(_) -> true ; consult(F) ).
use_module(F) :- ( F = library(_) -> true ; consult(F) ).
use_module(F, _) :- use_module(F).
module(_, _).
set_stream(_, _).
style_check(_).
garbage_collect_atoms.
prompt(_, _).
license(_).
initialization(G) :- '$initialization'(G).
initialization(G, main) :- !, '$initialization_main'((G, halt)).
initialization(G, _) :- '$initialization'(G).
current_op(P, T, N) :- '$ops'(L), '$member'(op(P, T, N), L).
current_prolog_flag(F, V) :- atom(F), !, '$flag'(F, V).
current_prolog_flag(F, V) :- '$flags'(L), '$member'(F, L), '$flag'(F, V).
predicate_property(H, P) :- nonvar(H), '$predicate_property'(H, Ps), '$member'(P, Ps).
current_predicate(PI) :- '$plain'(PI, N/A), '$predicates'(N, L), '$member'(N/A, L).
current_predicate(N, H) :- '$plain'(H, H1), ( nonvar(H1) -> functor(H1, N, A), '$predicates'(N, L), '$member'(N/A, L), ! ; '$predicates'(N, L), '$member'(N/A, L), functor(H1, N, A) ).
'$plain'(X, X) :- var(X), !.
'$plain'(_:X, Y) :- !, X = Y.
'$plain'(X, X).
source_location(F, L) :- '$source_location'(F, L).
time(G) :- statistics(cputime, T0), ( call(G) -> R = true ; R = fail ), statistics(cputime, T1), T is T1-T0, format(user_error, '% ~3f seconds~n', [T]), call(R).
nb_current(K, V) :- catch(nb_getval(K, V), _, fail).
abort :- throw('$aborted').

% ---- grammar rules and expansion
'$expand_and_add'(T) :- ( '$expand_term'(T, X) -> true ; X = T ), '$add_expanded'(X).
'$add_expanded'(X) :- var(X), !, throw(error(instantiation_error, _)).
'$add_expanded'([]) :- !.
'$add_expanded'([X|Xs]) :- !, '$add_expanded'(X), '$add_expanded'(Xs).
'$add_expanded'((:- G)) :- !, call(G).
'$add_expanded'(X) :- X = (_ --> _), !, dcg_translate_rule(X, C), '$add_clause'(C).
'$add_expanded'(X) :- '$add_clause'(X).
:- dynamic(term_expansion/2).
:- dynamic(goal_expansion/2).
'$expand_term'(T, X) :- term_expansion(T, X), !.
expand_term(T, X) :- ( term_expansion(T, X0) -> X = X0 ; T = (_ --> _) -> dcg_translate_rule(T, X) ; X = T ).
expand_goal(G, G).
dcg_translate_rule((H --> B), Clause) :- '$dcg_rule'(H, B, Clause).
'$dcg_rule'(H, _, _) :- var(H), !, throw(error(instantiation_error, _)).
'$dcg_rule'((H, PB), B, (H1 :- B1)) :- !,
    '$dcg_nonterminal'(H, S0, S, H1), '$dcg_body'(B, S0, S1, B0), '$dcg_terminals'(PB, S, S1, B2), B1 = (B0, B2).
'$dcg_rule'(H, B, (H1 :- B1)) :- '$dcg_nonterminal'(H, S0, S, H1), '$dcg_body'(B, S0, S, B1).
'$dcg_nonterminal'(H, S0, S, H1) :- ( callable(H) -> true ; throw(error(type_error(callable, H), _)) ), H =.. L0, '$append'(L0, [S0, S], L), H1 =.. L.
'$dcg_body'(V, S0, S, phrase(V, S0, S)) :- var(V), !.
'$dcg_body'((A, B), S0, S, (A1, B1)) :- !, '$dcg_body'(A, S0, S1, A1), '$dcg_body'(B, S1, S, B1).
'$dcg_body'((A ; B), S0, S, (A1 ; B1)) :- !, '$dcg_body'(A, S0, S, A1), '$dcg_body'(B, S0, S, B1).
'$dcg_body'((A | B), S0, S, (A1 ; B1)) :- !, '$dcg_body'(A, S0, S, A1), '$dcg_body'(B, S0, S, B1).
'$dcg_body'((A -> B), S0, S, (A1 -> B1)) :- !, '$dcg_body'(A, S0, S1, A1), '$dcg_body'(B, S1, S, B1).
'$dcg_body'((A *-> B), S0, S, (A1 *-> B1)) :- !, '$dcg_body'(A, S0, S1, A1), '$dcg_body'(B, S1, S, B1).
'$dcg_body'(\+ A, S0, S, (\+ A1, S0 = S)) :- !, '$dcg_body'(A, S0, _, A1).
'$dcg_body'(!, S0, S, (!, S0 = S)) :- !.
'$dcg_body'({}, S0, S, S0 = S) :- !.
'$dcg_body'({G}, S0, S, (G, S0 = S)) :- !.
'$dcg_body'([], S0, S, S0 = S) :- !.
'$dcg_body'(L, S0, S, G) :- L = [_|_], !, '$dcg_terminals'(L, S0, S, G).
'$dcg_body'(Str, S0, S, G) :- string(Str), !, string_codes(Str, L), '$dcg_terminals'(L, S0, S, G).
'$dcg_body'(call(G, As), S0, S, call(G, As, S0, S)) :- !.
'$dcg_body'(call(G), S0, S, call(G, S0, S)) :- !.
'$dcg_body'(H, S0, S, H1) :- '$dcg_nonterminal'(H, S0, S, H1).
'$dcg_terminals'(L, S0, S, S0 = L1) :- ( string(L) -> string_codes(L, Cs) ; Cs = L ), ( is_list(Cs) -> true ; throw(error(type_error(list, Cs), _)) ), '$append'(Cs, S, L1).
phrase(G, L) :- phrase(G, L, []).
phrase(G, _, _) :- var(G), !, throw(error(instantiation_error, _)).
phrase(G, L, R) :- '$dcg_body'(G, S0, S, B), S0 = L, S = R, call(B).

% ---- association lists: AVL trees
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
list_to_assoc(L, A) :- '$list_to_assoc'(L, t, A).
'$list_to_assoc'([], A, A).
'$list_to_assoc'([K-V|T], A0, A) :- put_assoc(K, A0, V, A1), '$list_to_assoc'(T, A1, A).
assoc_to_list(t, []).
assoc_to_list(t(K,V,_,L,R), List) :- assoc_to_list(L, LL), assoc_to_list(R, RL), '$append'(LL, [K-V|RL], List).
assoc_to_keys(A, Ks) :- assoc_to_list(A, L), pairs_keys(L, Ks).
assoc_to_values(A, Vs) :- assoc_to_list(A, L), pairs_values(L, Vs).
