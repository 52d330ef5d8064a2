//! What Fieldgate is compared with, as far as it isn't ours: nginx and Envoy, with their
//! configurations.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ground;
use crate::process::Process;

/// Where a program is, or why it isn't there. `variable` is set by `tests/bench/run`.
pub(crate) fn find(variable: &str) -> Result<PathBuf, String> {
    let given = ground::given(variable)?;
    match given.to_string_lossy().strip_prefix('!') {
        Some(why) => Err(why.to_owned()),
        None => Ok(given),
    }
}

/// One process with one worker, connections to the upstream kept, no access log.
pub(crate) fn nginx(
    binary: &Path,
    work: &Path,
    address: SocketAddr,
    upstream: SocketAddr,
) -> io::Result<Process> {
    let folder = work.join("nginx");
    fs::create_dir_all(folder.join("logs"))?;
    let config = folder.join("nginx.conf");
    fs::write(
        &config,
        format!(
            "daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 1000000000;
  keepalive_time 24h;
  upstream up {{ server {upstream}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen {address};
    location / {{
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_buffers 8 64k;
      client_body_buffer_size 64k;
    }}
  }}
}}
"
        ),
    )?;
    let mut command = Command::new(binary);
    command.arg("-p").arg(&folder).arg("-c").arg(&config);
    Process::start(&mut command, &folder.join("log"))
}

/// One worker, its MCP filter, and a rule on the name of the tool.
pub(crate) fn envoy(
    binary: &Path,
    work: &Path,
    address: SocketAddr,
    upstream: SocketAddr,
) -> io::Result<Process> {
    let folder = work.join("envoy");
    fs::create_dir_all(&folder)?;
    let config = folder.join("envoy.yaml");
    fs::write(&config, envoy_config(address, upstream))?;
    let mut command = Command::new(binary);
    command.arg("-c").arg(&config);
    command.args(["--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id"]);
    Process::start(&mut command, &folder.join("log"))
}

fn envoy_config(address: SocketAddr, upstream: SocketAddr) -> String {
    let socket = |address: SocketAddr| {
        let (ip, port) = (address.ip(), address.port());
        format!("{{socket_address: {{address: {ip}, port_value: {port}}}}}")
    };
    let (listen, upstream) = (socket(address), socket(upstream));
    let http = "type.googleapis.com/envoy.extensions.filters.http";
    let manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager";
    format!(
        "static_resources:
  listeners:
  - address: {listen}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': {manager}.v3.HttpConnectionManager
          stat_prefix: bench
          route_config:
            virtual_hosts:
            - name: all
              domains: ['*']
              routes: [{{match: {{prefix: /}}, route: {{cluster: up}}}}]
          http_filters:
          - name: envoy.filters.http.mcp
            typed_config: {{'@type': {http}.mcp.v3.Mcp, traffic_mode: REJECT_NO_MCP}}
          - name: envoy.filters.http.rbac
            typed_config:
              '@type': {http}.rbac.v3.RBAC
              rules:
                action: DENY
                policies:
                  no-deletes:
                    principals: [{{any: true}}]
                    permissions:
                    - sourced_metadata:
                        metadata_matcher:
                          filter: envoy.filters.http.mcp
                          path: [{{key: params}}, {{key: name}}]
                          value: {{string_match: {{exact: deleteRecord}}}}
          - name: envoy.filters.http.router
            typed_config: {{'@type': {http}.router.v3.Router}}
  clusters:
  - name: up
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: up
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {upstream}}}}}]}}]
"
    )
}
