% Clauses are listed one goal a line, and read back as they were.
:- dynamic d/1, e/2.
d(X) :- ( X > 1 -> true ; X < 0, foo -> bar ; baz ), \+ a, forall(b(X), c(X)).
d(X) :- ( a ; b, c ; d ), findall(Y, (m(Y), n(Y)), _), X = "str", Z = 'A b', w(Z), [X|Y] = [1,2|_].
d([]) :- !.
d({a,b}).
e(X, Y) :- catch(g(X), _, true), Y is X*2+1, ( X == 1 *-> p ; q ).
e(a-b, [1,2,3]).
e(X, _) :- \+ ( a(X), b ).
main :- listing(d/1), listing(e/2), portray_clause((a:-b,c)), portray_clause(foo(_,_,X,X)), portray_clause([1,2]), portray_clause("s"), portray_clause((:- dynamic x/1)), portray_clause((a-->b)), portray_clause((x:-(a,b;c))), portray_clause(f((a:-b))), portray_clause((a:-(b:-c))).
% expect: :- dynamic d/1.
% expect: 
% expect: d(A) :-
% expect:     (   A>1
% expect:     ->  true
% expect:     ;   A<0,
% expect:         foo
% expect:     ->  bar
% expect:     ;   baz
% expect:     ),
% expect:     \+ a,
% expect:     forall(b(A), c(A)).
% expect: d(A) :-
% expect:     (   a
% expect:     ;   b,
% expect:         c
% expect:     ;   d
% expect:     ),
% expect:     findall(B, (m(B), n(B)), _),
% expect:     A="str",
% expect:     C='A b',
% expect:     w(C),
% expect:     [A|B]=[1, 2|_].
% expect: d([]) :-
% expect:     !.
% expect: d({a, b}).
% expect: 
% expect: :- dynamic e/2.
% expect: 
% expect: e(A, B) :-
% expect:     catch(g(A), _, true),
% expect:     B is A*2+1,
% expect:     (   A==1
% expect:     *-> p
% expect:     ;   q
% expect:     ).
% expect: e(a-b, [1, 2, 3]).
% expect: e(A, _) :-
% expect:     \+ ( a(A),
% expect:          b
% expect:        ).
% expect: 
% expect: a :-
% expect:     b,
% expect:     c.
% expect: foo(_, _, A, A).
% expect: [1, 2].
% expect: "s".
% expect: :- dynamic x/1.
% expect: a -->
% expect:     b.
% expect: x :-
% expect:     (   a,
% expect:         b
% expect:     ;   c
% expect:     ).
% expect: f((a:-b)).
% expect: a :-
% expect:     (b:-c).
