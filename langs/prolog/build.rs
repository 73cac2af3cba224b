fn main() {
    lalrpop::process_root().expect("the grammar is well-formed");
}
