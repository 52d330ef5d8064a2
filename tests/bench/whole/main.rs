//! What a call costs, from socket to socket: Fieldgate beside the upstream alone, a bare proxy, nginx
//! and Envoy, over loopback, in turn. Run it by `tests/bench/run`, which installs those.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark that cannot go on should stop loudly; it prints tables of small numbers"
)]

mod answer;
mod answers;
mod call;
mod fieldgate;
mod goals;
mod ground;
mod load;
mod measure;
mod org;
mod parts;
mod peers;
mod process;
mod proxy;
mod server;
mod soak;
mod system;
mod table;
mod time;
mod upstream;
mod whole;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures the whole.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Compare the systems
    Whole(whole::Options),
    /// Call Fieldgate for a long time
    Soak(soak::Options),
    /// Be one of the servers that are compared or stand behind them
    #[command(subcommand, hide = true)]
    Serve(Server),
}

#[derive(Subcommand)]
enum Server {
    Upstream { address: SocketAddr, describe: PathBuf },
    Hyper { address: SocketAddr, upstream: SocketAddr },
    Sink { address: SocketAddr },
}

fn main() -> ExitCode {
    match Arguments::parse().what.unwrap_or_else(|| What::Whole(whole::Options::default())) {
        What::Whole(options) => ended(whole::run(&options)),
        What::Soak(options) => ended(soak::run(&options)),
        What::Serve(server) => served(match server {
            Server::Upstream { address, describe } => upstream::serve(address, &describe),
            Server::Hyper { address, upstream } => proxy::serve(address, upstream),
            Server::Sink { address } => upstream::sink(address),
        }),
    }
}

fn served(result: io::Result<()>) -> ExitCode {
    ended(result.map(|()| true).map_err(|error| error.to_string()))
}

fn ended(result: Result<bool, String>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}
