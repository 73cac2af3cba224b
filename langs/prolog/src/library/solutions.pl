% All solutions.

findall(T, G, L) :- '$bag_new'(B), '$collect'(T, G, B), '$bag_list'(B, L).
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
^(_, G) :- call(G).
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
aggregate_all(count, D, G, C) :- findall(D, G, L0), sort(L0, L), length(L, C).
aggregate_all(sum(E), D, G, S) :- findall(D-E, G, L0), sort(L0, L), pairs_values(L, Vs), sum_list(Vs, S).
