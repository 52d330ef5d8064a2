//! The threads that connections live on, each with an event loop of its own.
//!
//! A connection stays on one thread with its calls, and so do their connections to the upstream: no
//! thread wakes another for a call, and none takes another's memory.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The stack of each thread that may ask policies: Cedar refuses to evaluate with too little left.
pub const STACK: usize = 4 * 1024 * 1024;

/// Something to carry out on a worker's thread.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// All workers. They end when this is dropped, and what is under way there is cut off.
#[derive(Debug)]
pub(super) struct Workers(Vec<Worker>);

#[derive(Debug)]
struct Worker {
    queue: UnboundedSender<Work>,
    /// What it was given and has not begun with.
    waiting: Arc<AtomicUsize>,
    /// Cloned into all that is there.
    busy: Arc<()>,
}

impl Workers {
    /// Starts that many threads, at least one.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let workers = (0..count.max(1)).map(|_| {
            let mut runtime = Builder::new_current_thread();
            let runtime = runtime.enable_io().enable_time().thread_stack_size(STACK).build()?;
            let (queue, incoming) = unbounded_channel();
            let name = "worker".to_owned();
            let thread = thread::Builder::new().name(name).stack_size(STACK);
            thread.spawn(move || run(&runtime, incoming))?;
            Ok(Worker { queue, waiting: Arc::default(), busy: Arc::default() })
        });
        workers.collect::<io::Result<_>>().map(Self)
    }

    /// Hands work to the thread that has least of it. One that stands still doesn't begin with what
    /// it is given, and gets no more while others do.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let load = |worker: &&Worker| {
            (worker.waiting.load(Ordering::Acquire), Arc::strong_count(&worker.busy))
        };
        let Some(worker) = self.0.iter().min_by_key(load) else { return };
        let (waiting, busy) = (Arc::clone(&worker.waiting), Arc::clone(&worker.busy));
        waiting.fetch_add(1, Ordering::AcqRel);
        // A thread that is gone takes its connections with it.
        let _gone = worker.queue.send(Box::pin(async move {
            waiting.fetch_sub(1, Ordering::AcqRel);
            work.await;
            drop(busy);
        }));
    }
}

fn run(runtime: &Runtime, mut incoming: UnboundedReceiver<Work>) {
    runtime.block_on(async {
        while let Some(work) = incoming.recv().await {
            drop(tokio::spawn(work));
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::thread::{self, ThreadId};

    use tokio::sync::oneshot;

    use super::Workers;

    /// Where work is done that then waits until the sender is dropped.
    fn place(workers: &Workers) -> (ThreadId, oneshot::Sender<()>) {
        let (told, here) = std::sync::mpsc::channel();
        let (end, ended) = oneshot::channel();
        workers.spawn(async move {
            told.send(thread::current().id()).unwrap();
            let _ended = ended.await;
        });
        (here.recv().unwrap(), end)
    }

    #[test]
    fn work_goes_to_the_thread_that_has_least_of_it() {
        let workers = Workers::start(3).unwrap();
        let (first, _stays) = place(&workers);
        let (second, _stays_too) = place(&workers);
        let (third, end) = place(&workers);
        assert!(first != second && second != third && third != first);
        let (_, _stays_as_well) = place(&workers);
        drop(end);
        // The third has nothing left as soon as it has noticed.
        while std::sync::Arc::strong_count(&workers.0[2].busy) > 1 {
            thread::yield_now();
        }
        assert_eq!(place(&workers).0, third);
    }

    #[test]
    fn a_thread_that_stands_still_gets_no_more_work_while_another_does_its_own() {
        let workers = Workers::start(2).unwrap();
        let (other, _stays) = place(&workers);
        let (begun, stands) = std::sync::mpsc::channel();
        let (goes_on, wait) = std::sync::mpsc::channel::<()>();
        workers.spawn(async move {
            begun.send(thread::current().id()).unwrap();
            let _held_up = wait.recv();
        });
        assert_ne!(stands.recv().unwrap(), other);
        // It has no more than the other, so that it gets one of two; and then none.
        workers.spawn(std::future::pending());
        workers.spawn(std::future::pending());
        while workers.0.iter().all(|worker| worker.waiting.load(Ordering::Acquire) > 0) {
            thread::yield_now();
        }
        let places: Vec<_> = (0..8).map(|_| place(&workers)).collect();
        assert!(places.iter().all(|(place, _)| *place == other));
        drop(goes_on);
    }

    #[test]
    fn work_that_panics_takes_nothing_else_with_it() {
        let workers = Workers::start(1).unwrap();
        let (here, _stays) = place(&workers);
        workers.spawn(async { panic!("as it should") });
        assert_eq!(place(&workers).0, here);
    }

    #[test]
    fn the_threads_end_with_what_they_belong_to() {
        let workers = Workers::start(1).unwrap();
        let (_, end) = place(&workers);
        let (dropped, wait) = std::sync::mpsc::channel::<()>();
        workers.spawn(async move {
            std::future::pending::<()>().await;
            drop(dropped);
        });
        drop(workers);
        wait.recv().unwrap_err();
        drop(end);
    }
}
