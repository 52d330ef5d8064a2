//! What a large file costs: the memory of the product's own process, as the kernel counts it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use super::{create, path, read};
use crate::harness::{PATIENCE, Product, SALES, Site};

/// The most memory that the process has held since it was last reset, in KiB.
fn peak(product: &Product) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", product.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn reset(product: &Product) {
    fs::write(format!("/proc/{}/clear_refs", product.id()), "5").unwrap();
}

/// Sends `rows` rows of 1,024 bytes.
fn upload(product: &Product, rows: usize) {
    let columns = json!(["Subject", "Description"]);
    let arguments = json!({ "operation": "insert", "object": "Task", "columns": columns });
    let job = create(product, SALES, &arguments);
    let upload = path(product, &job["uploadUrl"]);
    let row = format!("Call,\"{}\"\n", "x".repeat(1_016));
    assert_eq!(row.len(), 1_024);
    let header = "Subject,Description\n";
    let length = header.len().strict_add(rows.strict_mul(row.len()));
    let mut stream = TcpStream::connect(product.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "PUT {upload} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {SALES}\r\ncontent-type: \
         text/csv\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{header}",
        product.address
    )
    .unwrap();
    let many = row.repeat(64);
    for _ in 0..rows / 64 {
        stream.write_all(many.as_bytes()).unwrap();
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let reply = read(&answer);
    assert_eq!((reply.status, reply.json()["rows"].as_u64()), (200, u64::try_from(rows).ok()));
}

#[test]
fn a_file_costs_less_memory_than_it_is_long() {
    let site = Site::new();
    let product = site.start();
    // What stays once the first file has come: buffers, and what the allocator keeps.
    upload(&product, 64);
    reset(&product);
    let idle = peak(&product);
    upload(&product, 8 * 1_024);
    let cost = peak(&product).saturating_sub(idle);
    assert!(cost < 4 * 1_024, "{cost} KiB for a file of 8 MiB");
}
