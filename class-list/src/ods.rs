//! LibreOffice's spreadsheets. calamine would read them, too, but whole: one cell that says to be repeated takes as much memory as
//! it likes, a table that is not closed is never done with, and what shows as 33 % is told as 0.33.

use crate::{
    MAX_SHEETS, Table,
    archive::{broken, unpack},
    sheet::{Sheet, number},
    tidy,
};
use quick_xml::{
    XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
use shared::domain::unreadable::Unreadable;
use std::{borrow::Cow, collections::BTreeSet};

/// The first visible table with something in it, and which others there are.
pub(crate) fn table(bytes: &[u8]) -> Result<Table, Unreadable> {
    let mut table = None;
    unpack(bytes, |part, xml| {
        if part == "content.xml" {
            let Tables { sheet, others, .. } = read(xml)?;
            table = Some(Table { rows: sheet.into_rows(), other_sheets: others });
        }
        Ok(())
    })?;
    table.ok_or(Unreadable::Broken)
}

fn read(xml: &[u8]) -> Result<Tables, Unreadable> {
    let mut reader = quick_xml::Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = vec![];
    let mut tables = Tables::default();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(broken)? {
            Event::Start(element) => tables.begin(&element)?,
            Event::End(element) => {
                tables.end(element.name().as_ref())?;
                if tables.depth == 0 {
                    return Ok(tables);
                }
            }
            Event::Text(text) => tables.write(&text.xml10_content()),
            Event::CData(text) => tables.write(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(broken)? {
                Some(c) => tables.write(c.encode_utf8(&mut [0; 4])),
                None => tables.write(resolve_xml_entity(&reference).ok_or(Unreadable::Broken)?),
            },
            // Half a file.
            Event::Eof => return Err(Unreadable::Broken),
            _ => {}
        }
    }
}

/// Where reading is.
#[derive(Default)]
struct Tables {
    sheet: Sheet,
    /// The table that is read now is not kept: one before has something in it.
    is_other: bool,
    /// Of the elements that are open.
    depth: usize,
    /// The depth of the one whose text belongs to no cell that shows, such as a comment.
    beside: Option<usize>,
    row: u32,
    rows_repeated: u32,
    column: usize,
    cell: Option<Cell>,
    /// The style that is being told, and the names of those of hidden tables.
    style: Option<String>,
    hidden: BTreeSet<String>,
    /// The table that is read now, and those with something in them beside the one that is kept.
    name: Option<String>,
    others: Vec<String>,
}

struct Cell {
    /// As the file says it beside what is shown.
    value: Option<String>,
    shown: String,
    repeated: usize,
}

impl Tables {
    fn begin(&mut self, element: &BytesStart) -> Result<(), Unreadable> {
        self.depth += 1;
        if self.beside.is_some() {
            return Ok(());
        }
        match element.name().as_ref() {
            "office:annotation" | "table:tracked-changes" | "table:shapes" | "draw:frame" => self.beside = Some(self.depth),
            "style:style" => self.style = attribute(element, "style:name")?,
            "style:table-properties" if attribute(element, "table:display")?.as_deref() == Some("false") => {
                self.hidden.extend(self.style.take());
            }
            "table:table" => {
                self.row = 0;
                self.name = attribute(element, "table:name")?;
                self.is_other = !self.sheet.is_empty();
                if attribute(element, "table:style-name")?.is_some_and(|style| self.hidden.contains(&style)) {
                    self.beside = Some(self.depth);
                }
            }
            "table:table-row" => {
                self.column = 0;
                self.rows_repeated = times(element, "table:number-rows-repeated")?;
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let repeated = usize::try_from(times(element, "table:number-columns-repeated")?).unwrap_or(usize::MAX);
                self.cell = Some(Cell { value: value(element)?, shown: String::new(), repeated });
            }
            // Between words, and between the lines of a cell.
            "text:p" | "text:s" | "text:tab" | "text:line-break" => self.write(" "),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), Unreadable> {
        if self.beside == Some(self.depth) {
            self.beside = None;
        } else if self.beside.is_none() {
            match name {
                "table:table-row" => self.row = self.row.saturating_add(self.rows_repeated),
                "table:table-cell" | "table:covered-table-cell" => self.put()?,
                _ => {}
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn write(&mut self, text: &str) {
        if self.beside.is_none()
            && let Some(cell) = &mut self.cell
        {
            cell.shown.push_str(text);
        }
    }

    /// Notes the name of the table, of so many at the most.
    fn tell_other(&mut self) {
        let name = self.name.take();
        if self.others.len() < MAX_SHEETS {
            self.others.extend(name);
        } else if self.others.len() == MAX_SHEETS && name.is_some() {
            self.others.push("…".to_owned());
        }
    }

    /// Writes the cell as often as it is repeated: an empty one as a rule, up to the edge of the sheet.
    fn put(&mut self) -> Result<(), Unreadable> {
        let Some(Cell { value, shown, repeated }) = self.cell.take() else { return Ok(()) };
        let rows = self.row..self.row.checked_add(self.rows_repeated).ok_or(Unreadable::Broken)?;
        let columns = self.column..self.column.saturating_add(repeated);
        let text = value.unwrap_or(shown);
        if self.is_other && !tidy(&text).is_empty() {
            self.tell_other();
        } else if !self.is_other {
            self.sheet.put(rows, columns, &text)?;
        }
        self.column = self.column.saturating_add(repeated);
        Ok(())
    }
}

/// What a cell says that is no text: a number, a date.
fn value(element: &BytesStart) -> Result<Option<String>, Unreadable> {
    let [kind, value, date, boolean] = [
        attribute(element, "office:value-type")?,
        attribute(element, "office:value")?,
        attribute(element, "office:date-value")?,
        attribute(element, "office:boolean-value")?,
    ];
    let number = |value: Option<String>, is_percent| {
        let value: f64 = value.and_then(|value| value.parse().ok()).ok_or(Unreadable::Broken)?;
        Ok(Some(number(value, is_percent)))
    };
    match kind.as_deref() {
        Some("percentage") => number(value, true),
        Some("float" | "currency") => number(value, false),
        Some("date") => Ok(date.map(|date| date.split('T').next().unwrap_or_default().to_owned())),
        Some("boolean") => Ok(boolean),
        _ => Ok(None),
    }
}

fn times(element: &BytesStart, name: &str) -> Result<u32, Unreadable> {
    attribute(element, name)?.map_or(Ok(1), |times| times.parse().map_err(broken))
}

fn attribute(element: &BytesStart, name: &str) -> Result<Option<String>, Unreadable> {
    let attribute = element.try_get_attribute(name).map_err(broken)?;
    attribute.map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned).map_err(broken)).transpose()
}
