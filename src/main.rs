//! The command line, nothing else: see `cli`.

fn main() {}
