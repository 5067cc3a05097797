//! What is kept of a sheet: the text of its cells, within bounds.

use crate::{MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Row, text::is_empty, tidy};
use shared::domain::unreadable::Unreadable;
use std::{collections::BTreeMap, ops::Range};

#[derive(Default)]
pub(crate) struct Sheet {
    /// By their places, counted from 0.
    rows: BTreeMap<u32, Vec<String>>,
    /// How much text was looked at, and how much of it is kept.
    read: usize,
    kept: usize,
}

impl Sheet {
    /// Writes into each of these cells; what is empty takes no place, but looking at it takes time.
    pub(crate) fn put(&mut self, rows: impl Iterator<Item = u32>, columns: Range<usize>, text: &str) -> Result<(), Unreadable> {
        grow(&mut self.read, text)?;
        let text = tidy(text);
        if text.is_empty() {
            return Ok(());
        }
        for row in rows {
            for column in columns.clone() {
                self.keep(row, column, &text)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, row: u32, column: usize, text: &str) -> Result<(), Unreadable> {
        if column >= MAX_COLUMNS {
            return Err(Unreadable::TooManyColumns);
        }
        grow(&mut self.kept, text)?;
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(cell) = cells.get_mut(column) {
            text.clone_into(cell);
        }
        if self.rows.len() > MAX_ROWS { Err(Unreadable::TooManyRows) } else { Ok(()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn into_rows(self) -> Vec<Row> {
        let rows = self.rows.into_iter().filter(|(_, cells)| !is_empty(cells));
        rows.map(|(row, cells)| Row { line: row.saturating_add(1), cells }).collect()
    }
}

fn grow(size: &mut usize, text: &str) -> Result<(), Unreadable> {
    *size = size.saturating_add(text.len());
    if *size > MAX_TEXT { Err(Unreadable::TooLarge) } else { Ok(()) }
}

/// A number as somebody would write it: `33`, and `33 %` for 0.33 in a cell that shows percent.
pub(crate) fn number(number: f64, is_percent: bool) -> String {
    if is_percent {
        // 0.29 is not quite 29 hundredths.
        format!("{} %", (number * 100.0 * 1e6).round() / 1e6)
    } else {
        number.to_string()
    }
}
