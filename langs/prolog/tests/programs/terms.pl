% expect: 1267650600228229401496703205376
% expect: 3.5
% expect: ['A'|b]-"str"-[]-{x,y}- -1-(a:-b,c;d->e)
% expect: a+b+3
% expect: abc X y 'X y' 42 3.14
% expect: [a,a,b,c]-[3,3,2,1]
% expect: [a-[1,3],b-[2]]
% expect: ok
name --> [world].
name --> [prolog].
greeting --> [hello], name.
main :-
    V is 2**100, write(V), nl, W is 7/2, write(W), nl,
    writeq(['A'|b]-"str"-[]-{x,y}- -1-(a:-b,c;d->e)), nl,
    T =.. [f, a, B, C], T = f(_, b, 3), write(a+B+C), nl,
    format("~a ~w ~q ~d ~2f~n", [abc, 'X y', 'X y', 42, 3.14159]),
    msort([c,a,b,a], MS), sort(0, @>=, [1,3,2,3], SD), write(MS-SD), nl,
    setof(K-Vs, setof(E, member(K-E, [a-1,b-2,a-3]), Vs), Out), write(Out), nl,
    phrase(greeting, [hello,prolog]), write(ok), nl.
