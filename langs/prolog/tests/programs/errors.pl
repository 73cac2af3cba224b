% expect: type_error(evaluable,foo/0)
% expect: existence_error(procedure,nope/1)
% expect: type_error(callable,1)
% expect: type_error(callable,(fail,1))
% expect: instantiation_error
% expect: type_error(integer,x)
% expect: evaluation_error(zero_divisor)
% expect: syntax_error(illegal_number)
% expect: my
t(G) :- catch(G, E, ( E = error(F, _) -> writeq(F), nl ; writeq(E), nl )), !.
main :-
    t(_ is foo+1), t(nope(1)), t(call(1)), t(call((fail,1))), t(atom_length(_,_)), t(arg(x,f(a),_)),
    t(_ is 1/0), t(number_codes(_, "1x")), t(throw(my)).
