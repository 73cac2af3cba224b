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
aggregate_all(max(E), G, M) :- !, findall(E, G, L), '$best'(max, L, M).
aggregate_all(min(E), G, M) :- !, findall(E, G, L), '$best'(min, L, M).
aggregate_all(max(E, W), G, max(M, MW)) :- !, findall(E-W, G, L), '$best_pair'(max, L, M, MW).
aggregate_all(min(E, W), G, min(M, MW)) :- !, findall(E-W, G, L), '$best_pair'(min, L, M, MW).
aggregate_all(Spec, G, R) :- compound(Spec), !, functor(Spec, F, N), functor(R, F, N), findall(Spec, G, L), '$aggregates'(N, Spec, L, R).
aggregate_all(Spec, _, _) :- var(Spec), !, throw(error(instantiation_error, _)).
aggregate_all(Spec, _, _) :- throw(error(domain_error(aggregate_spec, Spec), _)).
% The largest or smallest: of numbers by value, else in the standard order.
'$best'(Which, [X0|Xs], M) :- '$number_value'(X0, X), '$best'(Xs, Which, X, M).
'$best'([], _, M, M).
'$best'([X0|Xs], Which, M0, M) :- '$number_value'(X0, X), ( '$better'(Which, X, M0) -> '$best'(Xs, Which, X, M) ; '$best'(Xs, Which, M0, M) ).
'$best_pair'(Which, [X0-W|Ps], M, MW) :- '$number_value'(X0, X), '$best_pair'(Ps, Which, X, W, M, MW).
'$best_pair'([], _, M, W, M, W).
'$best_pair'([X0-W|Ps], Which, M0, W0, M, MW) :-
    '$number_value'(X0, X),
    ( '$better'(Which, X, M0) -> '$best_pair'(Ps, Which, X, W, M, MW) ; '$best_pair'(Ps, Which, M0, W0, M, MW) ).
'$number_value'(X0, X) :- ( number(X0) -> X = X0 ; var(X0) -> throw(error(instantiation_error, _)) ; catch(X is X0, error(type_error(_, _), _), X = X0) ).
'$better'(max, X, Y) :- ( number(X), number(Y) -> X > Y ; X @> Y ).
'$better'(min, X, Y) :- ( number(X), number(Y) -> X < Y ; X @< Y ).
% What the arguments of a term ask for, each of the same solutions.
'$aggregates'(0, _, _, _) :- !.
'$aggregates'(N, Spec, L, R) :-
    arg(N, Spec, S), '$column'(L, N, Xs), '$aggregate'(S, Xs, V), arg(N, R, V),
    N1 is N-1, '$aggregates'(N1, Spec, L, R).
'$column'([], _, []).
'$column'([T|Ts], N, [X|Xs]) :- arg(N, T, X), '$column'(Ts, N, Xs).
'$aggregate'(count, Xs, N) :- !, length(Xs, N).
'$aggregate'(count(_), Xs, N) :- !, length(Xs, N).
'$aggregate'(sum(_), Xs, S) :- !, '$unwrap'(Xs, Ys), sum_list(Ys, S).
'$aggregate'(max(_), Xs, M) :- !, '$unwrap'(Xs, Ys), '$best'(max, Ys, M).
'$aggregate'(min(_), Xs, M) :- !, '$unwrap'(Xs, Ys), '$best'(min, Ys, M).
'$aggregate'(max(_, _), Xs, max(M, W)) :- !, '$unwrap2'(Xs, Ps), '$best_pair'(max, Ps, M, W).
'$aggregate'(min(_, _), Xs, min(M, W)) :- !, '$unwrap2'(Xs, Ps), '$best_pair'(min, Ps, M, W).
'$aggregate'(bag(_), Xs, Ys) :- !, '$unwrap'(Xs, Ys).
'$aggregate'(set(_), Xs, Ys) :- !, '$unwrap'(Xs, Ys0), sort(Ys0, Ys).
'$aggregate'(S, _, _) :- throw(error(domain_error(aggregate_spec, S), _)).
'$unwrap'([], []).
'$unwrap'([T|Ts], [X|Xs]) :- arg(1, T, X), '$unwrap'(Ts, Xs).
'$unwrap2'([], []).
'$unwrap2'([T|Ts], [X-W|Ps]) :- arg(1, T, X), arg(2, T, W), '$unwrap2'(Ts, Ps).
aggregate(Spec, G, R) :- bagof(Spec, G, L), '$aggregate_list'(Spec, L, R).
'$aggregate_list'(Spec, L, R) :- ( Spec == count ; compound(Spec), functor(Spec, F, _), memberchk(F, [count, sum, max, min, bag, set]) ), !, '$aggregate'(Spec, L, R).
'$aggregate_list'(Spec, L, R) :- functor(Spec, F, N), functor(R, F, N), '$aggregates'(N, Spec, L, R).
offset(N, G) :- S = count(0), call(G), arg(1, S, C0), ( C0 < N -> C is C0+1, nb_setarg(1, S, C), fail ; true ).
call_nth(G, N) :- integer(N), !, N > 0, S = count(0), call(G), arg(1, S, C0), C is C0+1, nb_setarg(1, S, C), C =:= N, !.
call_nth(G, N) :- S = count(0), call(G), arg(1, S, C0), N is C0+1, nb_setarg(1, S, N).
order_by(Specs, G) :- term_variables(G, Vs), findall(Vs, G, Ss0), '$order_by'(Specs, Vs, Ss0, Ss), '$member'(Vs, Ss).
'$order_by'([], _, Ss, Ss).
'$order_by'([Spec|Specs], Vs, Ss0, Ss) :-
    '$order_by'(Specs, Vs, Ss0, Ss1),
    ( Spec = asc(K) -> O = (@=<) ; Spec = desc(K) -> O = (@>=) ; throw(error(domain_error(order_specifier, Spec), _)) ),
    '$keyed'(Ss1, Vs, K, Ks), sort(1, O, Ks, Sorted), pairs_values(Sorted, Ss).
'$keyed'([], _, _, []).
'$keyed'([S|Ss], Vs, K, [K1-S|Ks]) :- copy_term(Vs-K, S-K1), '$keyed'(Ss, Vs, K, Ks).
distinct(G) :- distinct(G, G).
distinct(W, G) :- S = seen([]), call(G), arg(1, S, Seen), \+ ( '$member'(V, Seen), V =@= W ), copy_term(W, C), nb_setarg(1, S, [C|Seen]).

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
