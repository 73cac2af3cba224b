% Clauses of predicates that change all the time: interpreted, flat, compiled; and clauses as terms.
:- dynamic(p/2).
:- dynamic(q/2).
:- dynamic(r/1).
:- dynamic(s/3).
:- dynamic(t/1).
:- dynamic(u/0).
main :- new_facts(300), new_rules(300), flat, cuts, view, terms, all_matches, called, errors, setargs, old(40).
show(G, X) :- findall(X, G, L), numbered(L).

% Each clause is new, and tried once or twice.
new_facts(N) :- facts(N), show(p(7, X), X), show(p(X1, f(9)), X1).
facts(0) :- !.
facts(N) :- assertz(p(N, f(N))), p(N, Y), Y == f(N), \+ p(N, f(0)), M is N-1, facts(M).
new_rules(0) :- !.
new_rules(N) :-
    assertz((q(N, Z) :- A is N*2, ( A > 300 -> Z = A ; Z = small(B, B) ), !)), assertz(q(N, never)),
    findall(V, q(N, V), L), ( N > 150 -> A2 is N*2, L = [A2] ; L = [small(X, Y)], X == Y ),
    retract((q(N, _) :- _)), retract(q(N, Last)), Last == never, M is N-1, new_rules(M).

% Facts of atoms and small numbers are matched word by word.
flat :-
    assertz(s(1, a, x)), assertz(s(1, b, y)), assertz(s(2, c, c)), assertz(s(1, d, d)), assertz(s(3, 2.5, -1)),
    show(s(1, X, Y), X-Y), show(s(A, B, B), A-B), show(s(C, D, D), C/D), show(s(Z, Z1, d), Z-Z1), show(s(3, F, I), F/I),
    ( s(_, 2.5, _) -> write(yes) ; write(no) ), ( s(1, b, x) -> write(yes) ; write(no) ), ( s(1, "a", _) -> write(yes) ; write(no) ),
    ( s(f(1), _, _) -> write(yes) ; write(no) ), nl.

cuts :-
    assertz((r(X) :- X = 1, !)), assertz(r(2)), show(r(A), A), retract((r(_) :- _)), show(r(B), B), retractall(r(_)),
    assertz((r(X) :- member(X, [1,2,3]), \+ X = 2, ( X = 1 -> true ; !, fail ))), assertz(r(9)), show(r(C), C), retractall(r(_)),
    assertz((r(X) :- G = !, G, X = 1)), assertz(r(2)), show(r(D), D), retractall(r(_)),
    assertz((r(X) :- catch(( X = 1, ! ), _, true))), assertz(r(3)), show(r(E), E).

% A call sees the clauses that there were when it began.
view :-
    assertz(t(1)), assertz(t(2)), show(( t(X), Y is X+10, assertz(t(Y)) ), X), show(( t(Z), retract(t(Z)) ), Z),
    ( t(_) -> write(left) ; write(none) ), nl,
    assertz((u :- retract((u :- _)), assertz((u :- write(second), nl)), write(first), nl)), u, u.

terms :-
    retractall(p(_, _)), assertz((p(X, Y) :- X > Y, ( Y = 1 ; true ), \+ X = 3)), assertz(p([A|T], T-A)), assertz(p(k, "s")),
    show(clause(p(5, 1), B), B), show(clause(p(Z, [b]-c), true), Z), show(clause(p([1,2], W), true), W), show(clause(p(_, "s"), V), V),
    clause(p(L, R), true), L = [x|M], R == M-x.
all_matches :- show(clause(p(_, _), B), B), show(retract((p(X, _) :- true)), X), show(clause(p(_, _), B1), B1), retract((p(_, _) :- B2, _)), B2 = (_ > _).

% A variable as a goal is called, wherever it stands.
called :-
    retractall(r(_)), assertz((r(X) :- ( X, Y ; _ -> Y ), Y)), clause(r(a), B), numbered(B),
    retractall(r(_)), assertz((r(G) :- ( true ; fail ), call(G), G)), ( r(!), fail ; write(done), nl ).
numbered(T) :- copy_term(T, C), numbervars(C, 0, _), print(C), nl.

errors :- e(clause(_, _)), e(clause(3, _)), e(clause(f(_), 3)), e(retract(_)), e(retract((_ :- true))), e(retract((3 :- true))), e(clause(atom(_), _)), e(retract((main :- _))).
e(G) :- catch(( G -> write(yes) ; write(no) ), error(E, context(P, _)), ( write(E), write(' in '), write(P) )), nl.

% Who changes a term that came from a clause changes no clause.
setargs :- retractall(r(_)), assertz(r(g(a))), assertz((r(X) :- X = h(b))), clause(r(X1), true), !, setarg(1, X1, zz), r(X2), !, setarg(1, X2, zz), show(r(Y), Y).

% A clause that lives long enough is compiled, while others come and go.
old(N) :- retractall(q(_, _)), assertz((q(X, Y) :- X > 0, !, Z is X-1, q(Z, Y))), assertz((q(0, Y) :- Y = end)), old(N, L), write(L), nl.
old(0, end) :- !.
old(N, L) :- assertz(q(-1, N)), q(N, L0), q(-1, N1), N1 == N, retract(q(-1, N)), M is N-1, old(M, L), L0 == L.
% expect: [f(7)]
% expect: [9]
% expect: [a-x,b-y,d-d]
% expect: [2-c,1-d]
% expect: [2/c,1/d]
% expect: [1-d]
% expect: [2.5/ -1]
% expect: yesnonono
% expect: [1]
% expect: [2]
% expect: [1]
% expect: [1,2]
% expect: [1,3]
% expect: [1,2]
% expect: [1,2,11,12]
% expect: none
% expect: first
% expect: second
% expect: [(5>1,(1=1;true),\+5=3)]
% expect: [[c,b]]
% expect: [[2]-1]
% expect: [(A>"s",("s"=1;true),\+A=3),true]
% expect: [(A>B,(B=1;true),\+A=3),true,true]
% expect: [[A|B],k]
% expect: [(A>B,(B=1;true),\+A=3)]
% expect: (call(a),call(A);call(B)->call(A)),call(A)
% expect: done
% expect: instantiation_error in system:clause/2
% expect: type_error(callable,3) in system:clause/2
% expect: no
% expect: instantiation_error in system:retract/1
% expect: instantiation_error in system:retract/1
% expect: type_error(callable,3) in system:retract/1
% expect: permission_error(access,private_procedure,atom/1) in system:clause/2
% expect: permission_error(access,private_procedure,main/0) in system:retract/1
% expect: [g(a),h(b)]
% expect: end
