//! The bare proxy: what hyper and its pooled client cost when nothing is looked at. It is the limit of
//! what a proxy of this design can reach.

use std::io;
use std::net::SocketAddr;

use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{Request, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::server;

pub(crate) fn serve(address: SocketAddr, upstream: SocketAddr) -> io::Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Incoming> = Client::builder(TokioExecutor::new()).build(connector);
    let authority: Authority = upstream.to_string().parse().map_err(io::Error::other)?;
    server::serve(address, move |mut request: Request<Incoming>| {
        let mut uri = std::mem::take(request.uri_mut()).into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(authority.clone());
        let client = client.clone();
        async move {
            *request.uri_mut() = Uri::from_parts(uri).map_err(io::Error::other)?;
            request.headers_mut().remove(HOST);
            request.headers_mut().remove(CONNECTION);
            client.request(request).await.map_err(io::Error::other)
        }
    })
}
