//! `fieldgate serve`: from a configuration, or from the demo org, to a running endpoint.

mod assemble;
mod banner;
#[cfg(feature = "demo-org")]
pub(super) mod demo;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::config::Config;
use crate::proxy::{reload, transport};

use assemble::Assembled;
use banner::Shown;

/// Serves MCP over Streamable HTTP until it is told to end (SIGINT or SIGTERM).
///
/// Give either --demo or --config.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["config", "demo"]))]
pub struct Serve {
    /// The configuration, a YAML file (see deploy/fieldgate.example.yaml).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve the embedded demo org, with three agents and the starting set of policies.
    #[arg(long)]
    demo: bool,
    /// Where agents connect, instead of what is configured.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The directory of policy files, instead of what is configured.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// The audit journal, instead of what is configured.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// A file with the org's schema, instead of asking the org at start.
    #[arg(long, value_name = "FILE")]
    org_schema: Option<PathBuf>,
}

/// The asynchronous runtime of the commands that wait for something. Connections of agents have
/// threads of their own; on those beside this one changed policies are checked.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().thread_stack_size(transport::STACK).enable_all().build()
}

impl Serve {
    /// Runs the command until it is told to end.
    ///
    /// # Errors
    /// When it can't start; the text says why, for the configuration with every problem in it.
    pub(super) fn run(self) -> io::Result<u8> {
        runtime()?.block_on(self.serve())
    }

    async fn serve(self) -> io::Result<u8> {
        crate::telemetry::install_crypto_provider();
        #[cfg(feature = "demo-org")]
        if self.demo {
            let demo = demo::start().await?;
            let mut config = demo.config(self.policies.clone())?;
            self.apply(&mut config);
            let agent = "demo-support".to_owned();
            let shown = Shown { token: Some(agent.clone()), agent };
            return run(config, &demo.policies(self.policies), &shown).await;
        }
        if self.demo {
            return Err(io::Error::other("this build has no demo org: give --config FILE"));
        }
        let file = self.config.clone().unwrap_or_default();
        let mut config = Config::load(&file).map_err(io::Error::other)?;
        self.apply(&mut config);
        let agent = config.anonymous.clone();
        let agent = agent.or_else(|| config.agents.first().map(|a| a.agent.id().to_owned()));
        let policies = assemble::PolicySource::Files(config.policies.sources());
        let shown = Shown { agent: agent.unwrap_or_default(), token: None };
        run(config, &policies, &shown).await
    }

    fn apply(&self, config: &mut Config) {
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(policies) = &self.policies {
            config.policies.directory.clone_from(policies);
        }
        if let Some(journal) = &self.journal {
            config.journal.path.clone_from(journal);
        }
        if let Some(file) = &self.org_schema {
            config.org.schema = crate::config::SchemaSource::File(file.clone());
        }
    }
}

async fn run(config: Config, policies: &assemble::PolicySource, shown: &Shown) -> io::Result<u8> {
    crate::telemetry::logging::init(config.telemetry.log.as_deref()).map_err(io::Error::other)?;
    if config.anonymous.is_some() && !config.listen.ip().is_loopback() {
        return Err(io::Error::other(format!(
            "`--listen {}` is not a loopback address, and a call without a token would be the \
             agent `{}` there; give every agent a token",
            config.listen,
            config.anonymous.unwrap_or_default()
        )));
    }
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        io::Error::other(format!("cannot listen on {}: {error}", config.listen))
    })?;
    let address = listener.local_addr()?;
    let Assembled { server, settings, facts, watch } =
        assemble::assemble(config, policies, address).await?;
    // Before anyone is told that it is ready: a signal that comes then must not cut it off.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut out = io::stdout();
    banner::print(&mut out, &server, &facts, address, shown)?;
    out.flush()?;
    let server = Arc::new(server);
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        let _nobody_left = stop.send(true);
    });
    let (look, looks) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            // One that waits already sees all that is there by then.
            let _full = look.try_send(());
        }
    });
    if let Some(watch) = watch {
        tokio::spawn(reload::follow(Arc::clone(&server), watch, looks, stopped.clone()));
    }
    transport::serve(listener, settings, Arc::clone(&server), stopped).await?;
    let counts = server.gate().policies.shadow_counts();
    if counts.compared() > 0 {
        let (compared, differed, failed) = (counts.compared(), counts.differed(), counts.failed());
        tracing::info!(
            compared,
            differed,
            failed,
            "calls that the shadow policies were asked about"
        );
    }
    tracing::info!("draining is done; closing the journal");
    if let Err(error) = server.gate().journal.close("signal", Duration::from_secs(2)).await {
        tracing::warn!(%error, "the journal's last event could not be written");
    }
    let spans = server.gate().spans.clone();
    let flushed = tokio::task::spawn_blocking(move || spans.shutdown(Duration::from_secs(3)));
    let _counts = flushed.await;
    Ok(0)
}
