//! Rows as a table for people and as a file for programs.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Prints an aligned table: the first two columns are names, the others numbers.
pub(crate) fn print(head: &[&str], rows: &[Vec<String>]) {
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().chain([&head]).map(|row| cell(row, column).chars().count());
            cells.max().unwrap_or_default()
        })
        .collect();
    for row in [&head].into_iter().chain(rows) {
        let cells = widths.iter().enumerate().map(|(column, width)| {
            let text = cell(row, column);
            if column < 2 { format!("{text:<width$}") } else { format!("{text:>width$}") }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// Writes `target/bench/NAME.json`, and says so.
pub(crate) fn write(name: &str, rows: Vec<Value>) {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"));
    let file = target.join("bench").join(format!("{name}.json"));
    fs::create_dir_all(target.join("bench")).unwrap();
    fs::write(&file, format!("{:#}\n", Value::from(rows))).unwrap();
    println!("\nwritten to {}", file.display());
}
