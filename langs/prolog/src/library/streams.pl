% Streams.

open(File, Mode, S) :- open(File, Mode, S, []).
close(S) :- close(S, []).
stream_property(S, P) :- nonvar(S), !, '$stream'(S, _), '$stream_properties'(S, Ps), '$member'(P, Ps).
stream_property(S, P) :- P == alias(A), nonvar(A), !, '$stream'(A, S).
stream_property(S, P) :- '$streams'(L), '$member'(S, L), '$stream_properties'(S, Ps), '$member'(P, Ps).
is_stream(S) :- nonvar(S), catch('$stream'(S, _), _, fail).
current_stream(F, M, S) :- stream_property(S, mode(M)), ( stream_property(S, file_name(F0)) -> F = F0 ; F = [] ).
set_stream(S, alias(A)) :- !, '$set_alias'(S, A).
set_stream(_, _).
at_end_of_stream :- current_input(S), at_end_of_stream(S).
at_end_of_stream(S) :- peek_code(S, C), C =:= -1.
see(F) :- ( is_stream(F) -> set_input(F) ; open(F, read, S), set_input(S) ).
seen :- current_input(S), close(S).
seeing(S) :- current_input(S).
tell(F) :- ( is_stream(F) -> set_output(F) ; open(F, write, S), set_output(S) ).
append(F) :- open(F, append, S), set_output(S).
told :- current_output(S), close(S).
telling(S) :- current_output(S).
read(T) :- read_term(T, []).
read(S, T) :- read_term(S, T, []).
read_term(T, Os) :- current_input(S), read_term(S, T, Os).
get_char(C) :- current_input(S), get_char(S, C).
peek_char(C) :- current_input(S), peek_char(S, C).
get_code(C) :- current_input(S), get_code(S, C).
peek_code(C) :- current_input(S), peek_code(S, C).
get_byte(C) :- current_input(S), get_byte(S, C).
peek_byte(C) :- current_input(S), peek_byte(S, C).
read_line_to_codes(S, Cs) :- '$read_line'(S, T), ( string(T) -> '$chomp'(T, L), string_codes(L, Cs) ; Cs = -1 ).
read_line_to_codes(S, Cs, Tail) :- '$read_line'(S, T), ( string(T) -> string_codes(T, Cs0), '$append'(Cs0, Tail, Cs) ; Cs = Tail ).
read_line_to_string(S, L) :- '$read_line'(S, T), ( string(T) -> '$chomp'(T, L) ; L = T ).
'$chomp'(T, L) :- ( sub_string(T, B, _, 0, '\r\n') -> true ; sub_string(T, B, _, 0, '\n') -> true ; string_length(T, B) ), sub_string(T, 0, B, _, L).
read_stream_to_codes(S, Cs) :- '$read_all'(S, T), string_codes(T, Cs).
read_string(S, _, T) :- '$read_all'(S, T).
read_file_to_string(F, T, _) :- open(F, read, S), '$read_all'(S, T), close(S).
read_file_to_codes(F, Cs, Os) :- read_file_to_string(F, T, Os), string_codes(T, Cs).
read_file_to_terms(F, Ts, _) :- open(F, read, S), '$read_terms'(S, Ts), close(S).
'$read_terms'(S, Ts) :- read(S, T), ( T == end_of_file -> Ts = [] ; Ts = [T|Ts1], '$read_terms'(S, Ts1) ).
