//! Which Host and which Origin may speak to us: exact lists, against DNS rebinding.

use std::net::SocketAddr;

use super::settings::TransportSettings;

/// The lists, made once for a bound address.
#[derive(Debug, Clone)]
pub(super) struct Access {
    /// Lower-case; with a port, or without for any port.
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Access {
    /// Loopback names at the bound port always pass as Host, since no foreign page can bear them;
    /// as Origin they pass where we listen on loopback only.
    pub(super) fn new(bound: SocketAddr, settings: &TransportSettings) -> Self {
        let port = bound.port();
        let mut names: Vec<String> =
            ["localhost", "127.0.0.1", "[::1]"].iter().map(|n| format!("{n}:{port}")).collect();
        if !bound.ip().is_unspecified() && !names.contains(&bound.to_string()) {
            names.push(bound.to_string());
        }
        let mut origins = settings.allowed_origins.clone();
        if bound.ip().is_loopback() {
            origins.extend(names.iter().map(|name| format!("http://{name}")));
        }
        let mut hosts: Vec<String> =
            settings.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        if port == 80 {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        hosts.extend(names);
        Self { hosts, origins }
    }

    pub(super) fn admits_host(&self, host: &[u8]) -> bool {
        let Ok(host) = std::str::from_utf8(host) else { return false };
        let host = host.to_ascii_lowercase();
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            Some(_) | None => host.as_str(),
        };
        self.hosts.iter().any(|allowed| *allowed == host || allowed == name)
    }

    /// No Origin is no browser; more than one, or one that isn't listed, is refused.
    pub(super) fn admits_origins<'a>(&self, mut origins: impl Iterator<Item = &'a [u8]>) -> bool {
        match (origins.next(), origins.next()) {
            (None, _) => true,
            (Some(origin), None) => self.origins.iter().any(|o| o.as_bytes() == origin),
            (Some(_), Some(_)) => false,
        }
    }
}
