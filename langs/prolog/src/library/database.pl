% The database.

clause(H, B) :- '$clause'(H, B, _, S), '$clauses'(S, _).
clause(H, B, Ref) :- '$clause'(H, B, Ref, S), '$clauses'(S, Ref).
'$clauses'([], _).
'$clauses'(more(C, N, G, H, B), Ref) :- '$clause_step'(C, N, G, H, Ref), '$clause_terms'(Ref, H, B).
'$clause_step'(C, N, _, _, Ref) :- N == none, !, Ref = C.
'$clause_step'(C, _, _, _, C).
'$clause_step'(_, N, G, H, Ref) :- '$clause_next'(H, N, G, C, N2), '$clause_step'(C, N2, G, H, Ref).
retract(C) :- '$retract'(C, S), '$retracted'(S).
'$retracted'([]).
'$retracted'(more(C, N, G, H, B)) :- '$clause_step'(C, N, G, H, Ref), '$clause_terms'(Ref, H, B), '$erase'(Ref).
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
