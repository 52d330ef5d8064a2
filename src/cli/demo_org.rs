//! `fieldgate demo-org`: the embedded demo org on its own, until ctrl-c.

use std::io::{self, Write};
use std::net::SocketAddr;

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
}

/// Runs the org until ctrl-c, after it has said on `out` where it is and how to ask it.
///
/// # Errors
///
/// If the address can't be bound, `out` can't be written or signals can't be heard.
pub async fn run(args: &DemoOrgArgs, out: &mut impl Write) -> io::Result<()> {
    let settings = DemoSettings { daily_limit: args.daily_limit, ..DemoSettings::default() };
    let org = DemoOrg::bind(args.listen, settings).await?;
    greet(&org, out)?;
    tokio::signal::ctrl_c().await
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
