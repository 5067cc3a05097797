//! The functions' part of `docs/figures.toml`, which capacity is planned from.

use crate::subject::Subject;
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table, value};

/// Replaces the figures of these functions; leaves the rest of the file as it is.
pub fn write(file: &Path, functions: &[Subject]) {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut document: DocumentMut = text.parse().unwrap();
    let tables = document.entry("functions").or_insert(Item::Table(Table::new())).as_table_mut().unwrap();
    tables.set_implicit(true);
    for function in functions {
        let figures = tables.entry(&function.name).or_insert(Item::Table(Table::new()));
        figures["cpu_ms"] = value(rounded(function.warm_cpu()));
        figures["init_cpu_ms"] = value(rounded(function.start_cpu()));
        figures["resident_mb"] = value(rounded(function.resident()));
        figures["binary_bytes"] = value(i64::try_from(function.size).unwrap());
    }
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, document.to_string()).unwrap();
}

fn rounded(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}
