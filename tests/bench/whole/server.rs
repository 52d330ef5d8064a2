//! An HTTP server on one thread, which ends with the benchmark that started it.

use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::rc::Rc;
use std::{error, process, thread};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Serves until the standard input ends.
pub(crate) fn serve<S, F, B, E>(address: SocketAddr, service: S) -> io::Result<()>
where
    S: Fn(Request<Incoming>) -> F + 'static,
    F: Future<Output = Result<Response<B>, E>> + 'static,
    B: Body + 'static,
    B::Error: Into<Box<dyn error::Error + Send + Sync>>,
    E: Into<Box<dyn error::Error + Send + Sync>> + 'static,
{
    thread::spawn(|| {
        let _ended = io::stdin().read_to_end(&mut Vec::new());
        #[expect(clippy::exit, reason = "whoever started this process is gone")]
        process::exit(0);
    });
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let service = Rc::new(service);
    LocalSet::new().block_on(&runtime, async move {
        let listener = TcpListener::bind(address).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = Rc::clone(&service);
            tokio::task::spawn_local(async move {
                let service = service_fn(move |request| service(request));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                let _hung_up = connection.await;
            });
        }
    })
}
