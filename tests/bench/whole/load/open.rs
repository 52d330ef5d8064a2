//! The open load: calls at a fixed rate, whatever the answers do.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use super::{Seen, alike, connected, exchange, nanos};
use crate::answer::Incoming;
use crate::call::Call;
use crate::time::now;

/// Connections at a fixed rate: enough for the rate where an answer takes up to 16 ms.
const OPEN_CONNECTIONS: u32 = 16;

/// A thread that is told to wake at a time wakes some 55 µs later; this much before a call is due it
/// stays awake.
const AWAKE: Duration = Duration::from_micros(90);

/// Every call has the moment at which it is due, and its latency counts from then, whether or not it
/// could be sent by then: a stall is seen by all the calls that it delays. The connections make the
/// given calls in turn, each the same one again and again.
pub(crate) fn open<T>(
    address: SocketAddr,
    calls: &[Call],
    rate: u32,
    time: Duration,
    measure: impl Fn() -> T,
) -> (Seen, T, T) {
    let every = Duration::from_secs(1) / rate;
    let connect = |call| Paced::open(address, call).expect("a connection and an answer");
    let calls = calls.iter().cycle().zip(0..OPEN_CONNECTIONS);
    let connections: Vec<_> = calls.map(|(call, nth)| (nth, connect(call))).collect();
    let from = now() + Duration::from_millis(20);
    let until = from + time;
    let before = measure();
    let mut seen = Seen::default();
    thread::scope(|scope| {
        let mut running = Vec::new();
        for (nth, connection) in connections {
            let (first, every_own) = (from + every * nth, every * OPEN_CONNECTIONS);
            running.push(scope.spawn(move || connection.calls(first, every_own, until, time)));
        }
        for thread in running {
            seen.add(thread.join().expect("no thread is lost"));
        }
    });
    seen.elapsed = now() - from;
    (seen, before, measure())
}

/// A connection of the open load.
struct Paced<'a> {
    stream: TcpStream,
    call: &'a Call,
    incoming: Incoming,
    usual: usize,
}

impl<'a> Paced<'a> {
    /// Opens it and makes one call, which isn't counted.
    fn open(address: SocketAddr, call: &'a Call) -> io::Result<Self> {
        let mut stream = connected(address)?;
        let mut incoming = Incoming::default();
        exchange(&mut stream, &call.bytes, &mut incoming)?;
        let usual = incoming.outcome().1;
        Ok(Self { stream, call, incoming, usual })
    }

    /// Calls that are late by more than `grace` are not made and count as wrong.
    fn calls(mut self, first: Duration, every: Duration, until: Duration, grace: Duration) -> Seen {
        let mut seen = Seen::default();
        let mut due = first;
        while due < until {
            wait(due);
            let late = now() > due + grace;
            if late || exchange(&mut self.stream, &self.call.bytes, &mut self.incoming).is_err() {
                seen.wrong += 1;
            } else {
                seen.latencies.push(nanos(now() - due));
                seen.wrong += usize::from(!alike(&self.incoming, self.call, self.usual));
            }
            due += every;
        }
        seen
    }
}

fn wait(due: Duration) {
    if let Some(asleep) = due.checked_sub(now() + AWAKE) {
        thread::sleep(asleep);
    }
    while now() < due {
        std::hint::spin_loop();
    }
}
