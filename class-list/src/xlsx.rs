//! Excel's spreadsheets.

use crate::{
    MAX_SHEETS, Table,
    archive::{broken, unpack},
    sheet::{Sheet, number},
};
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use quick_xml::events::Event;
use shared::domain::unreadable::Unreadable;
use std::{
    borrow::Cow,
    io::{Cursor, Read, Seek},
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The most attributes of one element of the styles, in bytes, and the most styles of cells. calamine copies fonts and formats into each
/// style, so a small file could ask for gigabytes.
const MAX_ATTRIBUTES: usize = 2_048;
const MAX_STYLES: usize = 20_000;

/// How often `sheet` may stand in a part, in the name of an element or elsewhere, and the most attributes of one relationship, in
/// bytes: for each sheet of a workbook calamine copies the path of its part.
const MAX_NAMED: usize = 5_000;
const MAX_RELATIONSHIP: usize = 8 * 1024;

/// The most bytes of the sheets that are looked at. Any number of them may be one part, and which part a sheet is calamine does not
/// tell: each counts as much as the largest.
const MAX_READ: usize = 64 * 1024 * 1024;

/// The first visible sheet with something in it, and which others there are.
pub(crate) fn table(bytes: &[u8]) -> Result<Table, Unreadable> {
    let mut largest = 1;
    unpack(bytes, |part, xml| {
        largest = largest.max(xml.len());
        refuse_traps(part, xml)
    })?;
    // calamine panics on some sheets that nobody writes by accident, such as one whose last cell is before its first.
    catch_unwind(AssertUnwindSafe(|| read(bytes, MAX_SHEETS.min(MAX_READ / largest)))).unwrap_or(Err(Unreadable::Broken))
}

/// Looks at so many sheets.
fn read(bytes: &[u8], most: usize) -> Result<Table, Unreadable> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let names: Vec<_> = sheets.take(most + 1).map(|sheet| sheet.name.clone()).collect();
    // One for all, so that the text of all of them counts.
    let mut sheet = Sheet::default();
    let mut other_sheets = vec![];
    for name in names.iter().take(most) {
        if sheet.is_empty() {
            read_sheet(&mut book, name, &mut sheet, |_| false)?;
        } else if has_something(&mut book, name) {
            other_sheets.push(name.clone());
        }
    }
    other_sheets.extend(names.get(most).map(|_| "…".to_owned()));
    if sheet.is_empty() && names.len() > most { Err(Unreadable::TooLarge) } else { Ok(Table { rows: sheet.into_rows(), other_sheets }) }
}

/// Whether any cell of a sheet shows something, or what is in it is too much to look at.
fn has_something<R: Read + Seek>(book: &mut Xlsx<R>, name: &str) -> bool {
    let mut sheet = Sheet::default();
    read_sheet(book, name, &mut sheet, |sheet| !sheet.is_empty()).is_err() || !sheet.is_empty()
}

/// Cell by cell, until there is enough, since a whole sheet takes as much memory as its farthest corners ask for.
fn read_sheet<R: Read + Seek>(
    book: &mut Xlsx<R>,
    name: &str,
    sheet: &mut Sheet,
    is_enough: impl Fn(&Sheet) -> bool,
) -> Result<(), Unreadable> {
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(_) => return Err(Unreadable::Broken),
    };
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(broken)? {
        let format = cells.styles().get(style).and_then(|style| style.number_format.as_ref());
        let format = format.map_or("", |format| &format.format_code);
        let (row, column) = cell.get_position();
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        sheet.put(iter::once(row), column..column.saturating_add(1), &text(cell.get_value(), format))?;
        if is_enough(sheet) {
            break;
        }
    }
    Ok(())
}

/// What a cell of this format shows. A formula is as good as the value that was saved with it: nothing is calculated here.
fn text<'a>(value: &'a DataRef, format: &str) -> Cow<'a, str> {
    match value {
        DataRef::Empty => "".into(),
        DataRef::String(text) | DataRef::DurationIso(text) => text.into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Int(integer) => integer.to_string().into(),
        DataRef::Float(float) => number(*float, format.contains('%')).into(),
        DataRef::Bool(is) => is.to_string().into(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, ..) = at.to_ymd_hms_milli();
            // A time of day is a part of no day; of a day with a time the time alone may show.
            let shows_time = format.contains(['h', 'H']) && !format.contains(['d', 'D', 'y', 'Y', '[']);
            if at.as_f64() < 1.0 || shows_time { format!("{hour:02}:{minute:02}") } else { format!("{year:04}-{month:02}-{day:02}") }.into()
        }
        DataRef::DateTimeIso(at) => at.split('T').next().unwrap_or_default().into(),
        DataRef::Error(error) => error.to_string().into(),
    }
}

/// What calamine would take more memory for than there is: as many shared strings as the file says that it has, before it looks
/// whether they are there; styles; and the paths of parts, which relationships tell, for each sheet of a workbook, which may be any
/// part.
fn refuse_traps(part: &str, xml: &[u8]) -> Result<(), Unreadable> {
    let part = part.to_ascii_lowercase();
    let is_of = |ending: &str| part.ends_with(ending);
    if xml.windows(5).filter(|window| window == b"sheet").nth(MAX_NAMED).is_some() {
        return Err(Unreadable::TooLarge);
    }
    if !is_of("sharedstrings.xml") && !is_of("styles.xml") && !is_of(".rels") {
        return Ok(());
    }
    let mut reader = quick_xml::Reader::from_reader(xml);
    let mut buffer = vec![];
    let mut styles = 0;
    loop {
        buffer.clear();
        let element = match reader.read_event_into(&mut buffer).map_err(broken)? {
            Event::Start(element) | Event::Empty(element) => element,
            Event::Eof => return Ok(()),
            _ => continue,
        };
        styles += usize::from(element.local_name().as_ref() == "xf");
        let most = if is_of(".rels") { MAX_RELATIONSHIP } else { MAX_ATTRIBUTES };
        if !is_of("sharedstrings.xml") && (element.attributes_raw().len() > most || styles > MAX_STYLES) {
            return Err(Unreadable::TooLarge);
        }
        if element.local_name().as_ref() == "sst" {
            let count = element.try_get_attribute("uniqueCount").map_err(broken)?;
            let count = count.and_then(|count| count.value.parse::<usize>().ok()).unwrap_or_default();
            // `<si/>`
            if count > xml.len() / 5 {
                return Err(Unreadable::Broken);
            }
        }
    }
}
