//! Text: its encoding, and the table in it.

use crate::{MAX_COLUMNS, MAX_ROWS, Row, is_space, tidy};
use encoding_rs::{Encoding, WINDOWS_1252};
use shared::domain::unreadable::Unreadable;

/// What a spreadsheet puts between cells when it is copied, then what it puts into files.
const SEPARATORS: [char; 3] = ['\t', ';', ','];

/// The text of these bytes: in the encoding that they begin with the mark of; else UTF-8, or Windows-1252 where it is not.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    let text = if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes.get(mark..).unwrap_or_default());
        text.ok_or(Unreadable::MixedEncodings)?
    } else if let Ok(text) = str::from_utf8(bytes) {
        text.into()
    } else if is_mostly_utf8(bytes) {
        return Err(Unreadable::MixedEncodings);
    } else {
        WINDOWS_1252.decode_without_bom_handling(bytes).0
    };
    if text.contains('\0') {
        Err(Unreadable::NotText)
    } else if text.contains(char::REPLACEMENT_CHARACTER) {
        // Somebody before us could not read it either.
        Err(Unreadable::MixedEncodings)
    } else {
        Ok(text.into_owned())
    }
}

/// Whether more letters beyond ASCII are UTF-8 than are not. In Windows-1252 they are by chance, such as a capital É before «.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (right, wrong) = bytes.utf8_chunks().fold((0, 0), |(right, wrong), chunk| {
        (right + chunk.valid().chars().filter(|c| !c.is_ascii()).count(), wrong + usize::from(!chunk.invalid().is_empty()))
    });
    right > wrong
}

/// The rows of a table, without the empty ones: told apart by the separator that finds most of a class list.
pub(crate) fn rows(text: &str) -> Result<Vec<Row>, Unreadable> {
    let readings = SEPARATORS.map(|separator| Reading::of(text, separator));
    let best = readings.iter().map(|reading| reading.sense).max();
    let reading = readings.into_iter().find(|reading| Some(reading.sense) == best);
    match reading {
        Some(Reading { is_too_long: true, .. }) => Err(Unreadable::TooManyRows),
        Some(Reading { is_too_wide: true, .. }) => Err(Unreadable::TooManyColumns),
        reading => Ok(reading.map(|reading| reading.rows).unwrap_or_default()),
    }
}

/// A text as one separator parts it.
#[derive(Default)]
struct Reading {
    rows: Vec<Row>,
    /// How much of a class list is found: who is enrolled takes three cells.
    sense: usize,
    is_too_long: bool,
    is_too_wide: bool,
}

impl Reading {
    fn of(text: &str, separator: char) -> Self {
        let mut reading = Self::default();
        let mut rest = text;
        let mut line = 1;
        while !rest.is_empty() && !reading.is_too_long {
            let row = rest;
            reading.take_row(line, &mut rest, separator);
            line = line.saturating_add(line_breaks(row.get(..row.len() - rest.len()).unwrap_or(row)));
        }
        reading
    }

    fn take_row(&mut self, line: u32, rest: &mut &str, separator: char) {
        let mut cells = vec![];
        loop {
            let cell = take_cell(rest, separator);
            if cells.len() < MAX_COLUMNS {
                cells.push(cell);
            } else {
                self.is_too_wide |= !cell.is_empty();
            }
            match rest.strip_prefix(separator) {
                Some(next) => *rest = next,
                None => break,
            }
        }
        *rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])).unwrap_or(rest);
        if !is_empty(&cells) {
            self.is_too_long = self.rows.len() == MAX_ROWS;
            self.sense += cells.iter().filter(|cell| !cell.is_empty()).count().clamp(1, 3) - 1;
            self.rows.push(Row { line, cells });
        }
    }
}

/// Whether nothing stands in any of these cells.
pub(crate) fn is_empty(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.chars().all(|c| is_space(c) || [';', ',', '"'].contains(&c)))
}

/// Takes a cell, and leaves what ended it. A quote opens a cell only where one closes it right before a separator; else it is a
/// character like another, where a strict reader would take everything up to the next quote for one cell.
fn take_cell(rest: &mut &str, separator: char) -> String {
    let ends = |c: char| c == separator || c == '\r' || c == '\n';
    if let Some((cell, after)) = quoted(rest, ends) {
        *rest = after;
        return tidy(&cell.replace("\"\"", "\""));
    }
    let (cell, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    *rest = after;
    tidy(cell)
}

/// What stands between quotes, and what follows them.
fn quoted(text: &str, ends: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let is_blank = |c: char| is_space(c) && !['\r', '\n', '\t'].contains(&c);
    let inside = text.trim_start_matches(is_blank).strip_prefix('"')?;
    let mut at = 0;
    loop {
        at += inside.get(at..)?.find('"')?;
        let after = inside.get(at + 1..)?;
        if after.starts_with('"') {
            at += 2;
            continue;
        }
        let after = after.trim_start_matches(is_blank);
        return (after.is_empty() || after.starts_with(&ends)).then_some((inside.get(..at)?, after));
    }
}

/// How many lines end here; `\r\n` ends one.
fn line_breaks(text: &str) -> u32 {
    let breaks = text.bytes().filter(|byte| [b'\r', b'\n'].contains(byte)).count() - text.matches("\r\n").count();
    u32::try_from(breaks).unwrap_or(u32::MAX)
}
