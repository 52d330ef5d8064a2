//! The command line, nothing else: see `fieldgate::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    fieldgate::cli::main()
}
