//! One HTTP client for one org: pinned to its host, without redirects, proxies or retries.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};
use thread_local::ThreadLocal;

use super::UpstreamError;

/// How the org is reached.
#[derive(Clone, Debug)]
pub struct ConnectionSettings {
    /// The org's My Domain address, for example `https://acme.my.salesforce.com`; plain HTTP only
    /// to a loopback address.
    pub base_url: Url,
    /// A PEM file's content with the only certificate authorities to trust; `None` for the public
    /// ones.
    pub authorities: Option<Vec<u8>>,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest wait for a whole answer.
    pub timeout: Duration,
    /// The largest answer, in bytes.
    pub most_bytes: usize,
}

/// An answer, whole.
#[derive(Debug)]
pub(super) struct RawAnswer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap<HeaderValue>,
    pub(super) body: Bytes,
}

#[derive(Debug)]
pub(super) struct Connection {
    /// One for each thread: a connection belongs to the event loop that it was made on, and a call on
    /// another would be woken across threads for everything that comes in.
    clients: ThreadLocal<Client>,
    made_with: ClientSettings,
    base: Url,
    most_bytes: usize,
}

/// What each client is made with.
#[derive(Debug)]
struct ClientSettings {
    tls: rustls::ClientConfig,
    loopback: bool,
    connect_timeout: Duration,
    timeout: Duration,
}

impl ClientSettings {
    fn client(&self) -> Result<Client, UpstreamError> {
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .https_only(!self.loopback)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("fieldgate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| UpstreamError::Setup(error.without_url().to_string()))
    }
}

impl ConnectionSettings {
    /// Checks the org's address: a scheme and a host, nothing else, encrypted unless it is this
    /// machine. True for this machine. The error never shows the address, which may hold a password.
    pub fn check_address(base: &Url) -> Result<bool, &'static str> {
        let loopback = match base.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => return Err("its address has no host"),
        };
        if base.scheme() != "https" && !(loopback && base.scheme() == "http") {
            return Err("its address must start with https:// (http:// only on loopback)");
        }
        let bare = base.path() == "/" && base.query().is_none() && base.fragment().is_none();
        if !bare || !base.username().is_empty() || base.password().is_some() {
            return Err("its address must be a scheme and a host, nothing else");
        }
        Ok(loopback)
    }
}

impl Connection {
    pub(super) fn new(settings: &ConnectionSettings) -> Result<Self, UpstreamError> {
        let base = settings.base_url.clone();
        let fail = |why: &str| UpstreamError::Setup(why.to_owned());
        let loopback = ConnectionSettings::check_address(&base).map_err(fail)?;
        let made_with = ClientSettings {
            tls: tls(settings.authorities.as_deref())?,
            loopback,
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
        };
        let clients = ThreadLocal::new();
        // What is wrong with the settings is told now, and not to the first call.
        clients.get_or_try(|| made_with.client())?;
        Ok(Self { clients, made_with, base, most_bytes: settings.most_bytes })
    }

    /// Host and port, for spans.
    pub(super) fn address(&self) -> (&str, Option<u16>) {
        (self.base.host_str().unwrap_or_default(), self.base.port_or_known_default())
    }

    /// A request to a path of ours at the pinned host.
    pub(super) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
        accept: &'static str,
    ) -> Result<RequestBuilder, UpstreamError> {
        let url = self
            .base
            .join(path)
            .map_err(|_not_a_path| UpstreamError::Setup("a path cannot be printed".to_owned()))?;
        // A path of ours never names another host; `join` would follow one.
        let leads_here = url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default();
        if !leads_here {
            return Err(UpstreamError::Setup("a path leads to another host".to_owned()));
        }
        let client = self.clients.get_or_try(|| self.made_with.client())?;
        Ok(client.request(method, url).header("accept", accept))
    }

    /// The longest wait for an answer, or for an answer to go on.
    pub(super) fn timeout(&self) -> Duration {
        self.made_with.timeout
    }

    /// The largest answer that is held, in bytes.
    pub(super) fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// Sends it and reads the whole answer, up to the limit. Of an answer that may be cut off, what
    /// stands behind its first bytes is left unread.
    pub(super) async fn exchange(
        &self,
        request: RequestBuilder,
        first_bytes: Option<usize>,
    ) -> Result<RawAnswer, UpstreamError> {
        let mut response = request.send().await.map_err(UpstreamError::from_exchange)?;
        let too_large = || UpstreamError::TooLarge { limit: self.most_bytes };
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(UpstreamError::from_exchange)? {
            if body.len().saturating_add(chunk.len()) > self.most_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
            if first_bytes.is_some_and(|first| body.len() >= first) {
                break;
            }
        }
        Ok(RawAnswer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: body.freeze(),
        })
    }
}

/// The one TLS stack: rustls on ring, the public authorities compiled in.
fn tls(authorities: Option<&[u8]>) -> Result<rustls::ClientConfig, UpstreamError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let fail = |why: String| UpstreamError::Setup(why);
    let mut roots = rustls::RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate =
                    certificate.map_err(|error| fail(format!("the authorities' file: {error}")))?;
                roots
                    .add(certificate)
                    .map_err(|error| fail(format!("the authorities' file: {error}")))?;
            }
            if roots.is_empty() {
                return Err(fail("the authorities' file holds no certificate".to_owned()));
            }
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fail(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
