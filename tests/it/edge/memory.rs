//! What hostile bodies cost, counted by the allocator.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fieldgate::proxy::transport::TransportSettings;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use super::{PING, Server, call, post};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// Bodies just under the limit that a tree of values would blow up.
fn hostile_bodies(limit: usize) -> Vec<String> {
    let fill = |open: &str, item: &str, close: &str| {
        // Room for the message around it.
        let room = limit.saturating_sub(200);
        let times = room.checked_div(item.len()).unwrap();
        call("echo", &format!("{open}{}{close}", item.repeat(times)))
    };
    vec![
        fill("[", "{\"a\":0},", "0]"),
        fill("[", "[],", "0]"),
        fill("[", "0,", "0]"),
        fill("", "[", ""),
        fill("", "{\"a\":", ""),
        fill("\"", "\\u0041", "\""),
        fill("{", "\"a\":0,", "\"b\":0}"),
    ]
}

/// Set in the process that does nothing but measure.
const ALONE: &str = "FIELDGATE_EDGE_MEASURES_ALONE";

#[test]
fn hostile_bodies_cost_less_than_ten_times_the_limit_while_others_are_served() {
    if std::env::var_os(ALONE).is_none() {
        // Other tests of this binary allocate too: measure in a process of our own.
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("edge::memory::hostile_bodies_cost_less_than_ten_times_the_limit_while_others_are_served")
            .env(ALONE, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
        return;
    }
    let settings = TransportSettings::default();
    let limit = settings.max_body;
    let server = Server::start(settings);
    let requests: Vec<Vec<u8>> =
        hostile_bodies(limit).iter().map(|body| post(server.address, &[], body)).collect();
    let ping = post(server.address, &[], PING);
    assert_eq!(server.ask(&ping).status, 200);
    let base = live_bytes();
    let (done, peak, served) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                peak.fetch_max(live_bytes().saturating_sub(base), Ordering::SeqCst);
                std::thread::yield_now();
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                assert_eq!(server.ask(&ping).status, 200);
                served.fetch_add(1, Ordering::SeqCst);
            }
        });
        for request in &requests {
            let answer = server.ask(request);
            assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
        }
        done.store(true, Ordering::SeqCst);
    });
    let (peak, served) = (peak.into_inner(), served.into_inner());
    assert!(peak > limit, "the sampler saw only {peak} bytes");
    assert!(peak < limit.saturating_mul(10), "{peak} bytes live for bodies of {limit}");
    assert!(served > 0, "nobody else was served");
}
