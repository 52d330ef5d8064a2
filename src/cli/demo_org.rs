//! `fieldgate demo-org`: the embedded demo org on its own, until ctrl-c.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::demo_org::{API_VERSION, DemoOrg, DemoSettings};

/// Start the embedded demo org: a small Salesforce with invented records.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoOrgArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8790")]
    pub listen: SocketAddr,
    /// Data calls that the org answers before it refuses further ones.
    #[arg(long, value_name = "CALLS", default_value_t = 15_000)]
    pub daily_limit: u64,
    /// What the org calls itself in `instance_url`, for callers that know it by another name.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// A file with the client secret, for a gate in another process; random without it.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
}

/// Runs the org until ctrl-c, after it has said on `out` where it is and how to ask it.
///
/// # Errors
///
/// If the secret can't be read, the address can't be bound, `out` can't be written or signals can't be heard.
pub async fn run(args: &DemoOrgArgs, out: &mut impl Write) -> io::Result<()> {
    let secret = args.client_secret_file.as_deref().map(read_secret).transpose()?;
    let settings = DemoSettings {
        daily_limit: args.daily_limit,
        client_secret: secret,
        public_url: args.public_url.clone(),
        ..DemoSettings::default()
    };
    let org = DemoOrg::bind(args.listen, settings).await?;
    greet(&org, out)?;
    tokio::signal::ctrl_c().await
}

/// The first line of a file of at most 4,096 bytes; longer ones are cut.
fn read_secret(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(4_096).read_to_string(&mut text));
    let refuse = |why: &str| io::Error::other(format!("client secret `{}` {why}", path.display()));
    read.map_err(|error| refuse(&format!("can't be read: {error}")))?;
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.to_owned()),
        None => Err(refuse("has an empty first line")),
    }
}

/// The base URL, the credentials and three lines to try.
fn greet(org: &DemoOrg, out: &mut impl Write) -> io::Result<()> {
    let url = org.base_url();
    let data = format!("{url}/services/data/v{API_VERSION}");
    let (id, secret) = (org.client_id(), org.client_secret());
    writeln!(out, "demo org        {url}")?;
    writeln!(out, "client id       {id}")?;
    writeln!(out, "client secret   {secret}")?;
    writeln!(out, "access token    {}", org.access_token())?;
    writeln!(out)?;
    writeln!(out, "export TOKEN='{}'", org.access_token())?;
    writeln!(
        out,
        "curl -s -d grant_type=client_credentials -u '{id}:{secret}' {url}/services/oauth2/token"
    )?;
    writeln!(out, "curl -s -H \"Authorization: Bearer $TOKEN\" {data}/sobjects/Contact/describe")?;
    writeln!(
        out,
        "curl -s -H \"Authorization: Bearer $TOKEN\" -G {data}/query --data-urlencode \
         'q=SELECT Name, Account.Name FROM Contact LIMIT 3'"
    )?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_greeting_names_the_org_and_its_credentials() {
        let address = "127.0.0.1:0".parse().unwrap();
        let org = DemoOrg::bind(address, DemoSettings::default()).await.unwrap();
        let mut out = Vec::new();
        greet(&org, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for part in [org.base_url(), &org.access_token(), &org.client_secret()] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.lines().filter(|line| line.starts_with("curl ")).count(), 3);
    }
}
