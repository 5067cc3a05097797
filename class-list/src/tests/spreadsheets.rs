//! Spreadsheets, and what pretends to be one.

use super::*;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use std::{
    io::{Cursor, Write},
    time::{Duration, Instant},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn read_xlsx(bytes: &[u8]) -> Result<ClassList, Unreadable> {
    read(bytes, Format::Xlsx, None, TODAY)
}

fn read_ods(content: &str) -> Result<ClassList, Unreadable> {
    read(&ods(content), Format::Ods, None, TODAY)
}

fn archive<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        archive.start_file(name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn ods(content: &str) -> Vec<u8> {
    archive([("mimetype", &b"application/vnd.oasis.opendocument.spreadsheet"[..]), ("content.xml", content.as_bytes())])
}

/// The parts of a workbook, as small as Excel takes it.
fn xlsx<'a>(sheet: &'a str, more: &[(&'a str, &'a str)]) -> Vec<u8> {
    xlsx_of(1, sheet, more)
}

/// A workbook of which so many sheets are one part.
fn xlsx_of(sheets: usize, sheet: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let sheets = (0..sheets).map(|n| format!(r#"<sheet name="Liste {n}" sheetId="1" r:id="r1"/>"#)).collect::<Vec<_>>().concat();
    let workbook = format!(
        r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets></workbook>"#
    );
    let parts = [
        ("_rels/.rels", r#"<Relationships><Relationship Type="x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="r1" Type="x/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/workbook.xml", &workbook),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    archive(parts.iter().chain(more).map(|(name, content)| (*name, content.as_bytes())))
}

/// A row of text cells.
fn row(number: u32, cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| format!(r#"<c t="inlineStr"><is><t>{cell}</t></is></c>"#)).collect();
    format!(r#"<row r="{number}">{}</row>"#, cells.concat())
}

fn sheet(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

fn workbook() -> Workbook {
    let mut book = Workbook::new();
    let date = Style::new().set_num_format("dd/mm/yyyy");
    let percent = Style::new().set_num_format("0%");
    book.add_worksheet().set_name("Vide").unwrap();
    book.add_worksheet().set_name("Cachée").unwrap().set_hidden(true).write(0, 0, "autre chose").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("3A").unwrap();
    for (column, heading) in (1..).zip(["Nom", "Prénom", "Né(e) le", "Tiers temps"]) {
        sheet.write(2, column, heading).unwrap();
    }
    sheet.write(3, 1, "Martin").unwrap().write(3, 2, "Camille").unwrap();
    sheet.write_with_format(3, 3, ExcelDateTime::from_ymd(2012, 3, 14).unwrap(), &date).unwrap();
    sheet.write(5, 1, "Bernard").unwrap().write(5, 2, "Zoé").unwrap().write(5, 3, "31/05/2012").unwrap();
    sheet.write_with_format(5, 4, 0.33, &percent).unwrap();
    sheet.write(6, 1, "Diop").unwrap().write(6, 2, "Awa").unwrap().write(6, 3, "2012-01-02").unwrap().write(6, 4, 50).unwrap();
    sheet.write(7, 1, "Roux").unwrap().write(7, 2, "Noé").unwrap();
    sheet.write_formula_with_format(7, 3, Formula::new("=DATE(2012,1,3)").set_result("40911"), &date).unwrap();
    sheet.write(7, 4, true).unwrap();
    sheet.write_with_format(9, 2, "", &date).unwrap();
    book.add_worksheet().set_name("3B").unwrap().write(4, 2, "Durand").unwrap();
    book.add_worksheet().set_name("Feuil5").unwrap().write(0, 0, "\u{a0}").unwrap();
    book
}

#[test]
fn a_workbook_of_excels_is_read_as_it_shows() {
    let list = read_xlsx(&workbook().save_to_buffer().unwrap()).unwrap();
    assert_eq!(candidates(&list), [CAMILLE, ZOE, ["Diop", "Awa", "2012-01-02", "50"], ["Roux", "Noé", "2012-01-03", "33"]]);
    assert_eq!(list.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [4, 6, 7, 8]);
    assert_eq!((list.missing, list.ignored, list.other_sheets), (vec![], vec![], vec!["3B".to_owned()]));
}

#[test]
fn what_shows_percent_is_percent() {
    for (value, is_percent, text) in [
        (0.33, true, "33 %"),
        (0.29, true, "29 %"),
        (1.0, true, "100 %"),
        (0.333, true, "33.3 %"),
        (33.0, false, "33"),
        (33.3, false, "33.3"),
    ] {
        assert_eq!(sheet::number(value, is_percent), text);
    }
}

#[test]
fn a_sheet_of_libreoffices_is_read_as_it_shows() {
    let text = |text: &str| format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#);
    let content = [
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content><office:automatic-styles>"#,
        r#"<style:style style:name="ta1"><style:table-properties table:display="true"/></style:style>"#,
        r#"<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>"#,
        "</office:automatic-styles><office:body><office:spreadsheet>",
        r#"<table:table table:name="Cachée" table:style-name="ta2"><table:table-row>"#, &text("autre chose"), "</table:table-row></table:table>",
        r#"<table:table table:name="Vide"><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>"#,
        r#"<table:table table:name="3A" table:style-name="ta1"><table:shapes><draw:frame><text:p>image</text:p></draw:frame></table:shapes><table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>"#,
        "<table:table-header-rows><table:table-row>", &["Nom", "Prénom", "Né le", "Temps majoré"].map(text).concat(), "</table:table-row></table:table-header-rows>",
        "<table:table-row>", &text("Martin"), &text("Cam<text:span>ille</text:span>"),
        r#"<table:table-cell office:value-type="date" office:date-value="2012-03-14"><text:p>14/03/12</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16380"/></table:table-row>"#,
        "<table:table-row>", &text("Bernard<office:annotation><text:p>vient de Lyon</text:p></office:annotation>"), &text("Zoé"), &text("31/05/2012"),
        r#"<table:table-cell office:value-type="percentage" office:value="0.33"><text:p>33 %</text:p></table:table-cell></table:table-row>"#,
        "<table:table-row>", &text("O&apos;Neil<text:s/>&amp; fils"), &text("Awa</text:p><text:p>Marie"),
        r#"<table:table-cell office:value-type="date" office:date-value="2012-01-02T00:00:00"/><table:table-cell office:value-type="float" office:value="50" table:formula="of:=25*2"><text:p>50</text:p></table:table-cell></table:table-row>"#,
        r#"<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>"#,
        r#"<table:table table:name="Autre"><table:table-row>"#, &text("autre chose").repeat(2), "</table:table-row></table:table>",
        r#"<table:table table:name="Vide aussi"><table:table-row>"#, &text(" "), "</table:table-row></table:table>",
        r#"<table:table table:name="Cachée aussi" table:style-name="ta2"><table:table-row>"#, &text("autre chose"), "</table:table-row></table:table>",
        "</office:spreadsheet></office:body></office:document-content>",
    ]
    .concat();
    let list = read_ods(&content).unwrap();
    assert_eq!(candidates(&list), [CAMILLE, ZOE, ["O'Neil & fils", "Awa Marie", "2012-01-02", "50"]]);
    assert_eq!(list.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [4, 5, 6]);
    assert_eq!(list.other_sheets, ["Autre"]);
}

#[test]
fn a_formula_is_never_calculated() {
    let rows = [
        row(1, &["Nom", "Prénom", "Né le"]),
        r#"<row r="2"><c t="str"><f>CMD()</f><v>Martin</v></c><c><f>HYPERLINK("http://example.org")</f></c><c t="str"><f>TODAY()</f><v>14/03/2012</v></c></row>"#.to_owned(),
        row(3, &["=CMD()", "+33", "14/03/2012"]),
    ];
    let list = read_xlsx(&xlsx(&sheet(&rows.concat()), &[])).unwrap();
    assert_eq!(findings(&list), [vec![(Some(Column::FirstName), Invalid::Required)], vec![]]);
    assert_eq!(candidate(&list.lines[1]).unwrap()[..2], ["=CMD()", "+33"]);
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    let whole = workbook().save_to_buffer().unwrap();
    let table = "<table:table><table:table-row><table:table-cell office:value-type=\"string\"><text:p>Martin</text:p></table:table-cell>";
    for (name, bytes, why) in [
        ("nothing", vec![], Unreadable::Broken),
        ("text", b"Martin;Camille;14/03/2012".to_vec(), Unreadable::Broken),
        ("half a workbook", whole[..whole.len() / 2].to_vec(), Unreadable::Broken),
        ("a damaged workbook", damaged(&whole, "xl/worksheets/sheet3.xml"), Unreadable::Broken),
        ("another archive", archive([("note.txt", &b"Martin"[..])]), Unreadable::Broken),
        ("LibreOffice's", ods(&format!("{table}</table:table-row></table:table>")), Unreadable::Broken),
        ("Excel's old one", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on".to_vec(), Unreadable::OldOrProtected),
        ("half a sheet", xlsx("<worksheet><sheetData><row><c><v>1</v>", &[]), Unreadable::Broken),
        ("an empty one", xlsx("<worksheet><sheetData></sheetData></worksheet>", &[]), Unreadable::Empty),
    ] {
        assert_eq!(read_xlsx(&bytes), Err(why), "{name}");
    }
    for (name, content, why) in [
        ("half a table", table.to_owned(), Unreadable::Broken),
        ("mixed up", table.replace("</text:p>", "</text:x>"), Unreadable::Broken),
        ("no XML", "Martin;Camille".to_owned(), Unreadable::Broken),
        ("an entity", format!("{table}&bomb;"), Unreadable::Broken),
        ("empty", "<office:document-content/>".to_owned(), Unreadable::Empty),
    ] {
        assert_eq!(read_ods(&content), Err(why), "{name}");
    }
    assert_eq!(read(&whole, Format::Ods, None, TODAY), Err(Unreadable::Broken));
    assert_eq!(read(&whole, Format::Text, None, TODAY), Err(Unreadable::NotText));
}

/// The archive, with other bytes in the middle of a part.
fn damaged(archive: &[u8], part: &str) -> Vec<u8> {
    let mut bytes = archive.to_vec();
    let at = bytes.windows(part.len()).position(|name| name == part.as_bytes()).unwrap() + part.len();
    bytes[at + 100..at + 120].fill(0x55);
    bytes
}

#[test]
fn what_unpacks_to_more_than_there_is_room_for_is_refused() {
    let zeroes = vec![0; 40 * 1024 * 1024];
    let bomb = archive([("xl/workbook.xml", &zeroes[..])]);
    assert!(bomb.len() < 100_000);
    let half = archive([("a", &zeroes[..zeroes.len() / 2]), ("b", &zeroes[..zeroes.len() / 2])]);
    for (name, bytes, why) in [
        ("one large part", bomb.clone(), Unreadable::TooLarge),
        ("two that are large together", half, Unreadable::TooLarge),
        ("one that says it is small", lying(&bomb, zeroes.len()), Unreadable::Broken),
        ("one whose size is told behind it", untold(bomb.clone()), Unreadable::TooLarge),
    ] {
        assert_eq!(read_xlsx(&bytes), Err(why), "{name}");
    }
    let names: Vec<_> = (0..1_001).map(|n| n.to_string()).collect();
    assert_eq!(read_xlsx(&archive(names.iter().map(|name| (name.as_str(), &b""[..])))), Err(Unreadable::TooLarge));
}

/// The archive, which says that what it unpacks to is small.
fn lying(archive: &[u8], size: usize) -> Vec<u8> {
    let (size, small) = (u32::try_from(size).unwrap().to_le_bytes(), 1_000_u32.to_le_bytes());
    let mut bytes = archive.to_vec();
    let places: Vec<_> = bytes.windows(4).enumerate().filter(|(_, four)| *four == size).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2, "before the part and in the directory");
    for at in places {
        bytes[at..at + 4].copy_from_slice(&small);
    }
    bytes
}

/// The archive, whose flags say that sizes are told behind the parts.
fn untold(mut archive: Vec<u8>) -> Vec<u8> {
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = archive.windows(4).position(|four| four == signature).unwrap();
        archive[at + flags] |= 8;
    }
    archive
}

#[test]
fn a_sheet_that_asks_for_more_than_there_is_room_for_is_refused() {
    let far = |at: &str| sheet(&format!(r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="{at}"><v>1</v></c></row>"#));
    let many: String = (1..=u32::try_from(MAX_ROWS).unwrap() + 1).map(|n| row(n, &["a"])).collect();
    let long = "a".repeat(100_000);
    let strings = format!("<sst><si><t>{long}</t></si></sst>");
    let repeated = r#"<row><c t="s"><v>0</v></c></row>"#.repeat(100);
    let fonts = "<font/>".repeat(2);
    let styles = format!("<styleSheet><fonts>{fonts}</fonts><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(20_001));
    let format = format!(r#"<styleSheet><numFmts><numFmt numFmtId="200" formatCode="{}"/></numFmts></styleSheet>"#, "0".repeat(3_000));
    let path = format!(r#"<Relationships><Relationship Id="r1" Target="{}"/></Relationships>"#, "a".repeat(10_000));
    for (name, bytes, why) in [
        ("a column at the edge", xlsx(&far("XFD1048576"), &[]), Unreadable::TooManyColumns),
        ("too many rows", xlsx(&sheet(&many), &[]), Unreadable::TooManyRows),
        ("one text again and again", xlsx(&sheet(&repeated), &[("xl/sharedStrings.xml", &strings)]), Unreadable::TooLarge),
        (
            "more strings than there are",
            xlsx(&sheet(""), &[("xl/sharedStrings.xml", r#"<sst uniqueCount="99999999999"></sst>"#)]),
            Unreadable::Broken,
        ),
        (
            "more strings, in capitals",
            xlsx(&sheet(""), &[("xl/SHAREDSTRINGS.XML", r"<x:sst uniqueCount='99999999999'/>")]),
            Unreadable::Broken,
        ),
        ("too many styles", xlsx(&sheet(""), &[("xl/styles.xml", &styles)]), Unreadable::TooLarge),
        ("a format without end", xlsx(&sheet(""), &[("xl/styles.xml", &format)]), Unreadable::TooLarge),
        ("more sheets than anybody has", xlsx_of(5_001, &sheet(""), &[]), Unreadable::TooLarge),
        ("a path without end", xlsx(&sheet(""), &[("_rels/other.rels", &path)]), Unreadable::TooLarge),
        ("a corner before the first", xlsx(r#"<worksheet><dimension ref="B9:A1"/><sheetData/></worksheet>"#, &[]), Unreadable::Broken),
    ] {
        assert_eq!(read_xlsx(&bytes), Err(why), "{name}");
    }
    // The last row of all is a row like others.
    assert_eq!(read_xlsx(&xlsx(&far("B1048576"), &[])).map(|list| list.lines.len()), Ok(2));
}

#[test]
fn spaces_are_not_looked_at_without_end() {
    let blank = " ".repeat(100_000);
    let strings = format!("<sst><si><t xml:space=\"preserve\">{blank}</t></si></sst>");
    let repeated = sheet(&r#"<row><c t="s"><v>0</v></c></row>"#.repeat(100));
    let few = sheet(&r#"<row><c t="s"><v>0</v></c></row>"#.repeat(2));
    for (name, bytes, why) in [
        ("in many cells", xlsx(&repeated, &[("xl/sharedStrings.xml", &strings)]), Unreadable::TooLarge),
        ("in many sheets", xlsx_of(18, &few, &[("xl/sharedStrings.xml", &strings)]), Unreadable::TooLarge),
        ("in a few cells", xlsx(&few, &[("xl/sharedStrings.xml", &strings)]), Unreadable::Empty),
    ] {
        assert_eq!(read_xlsx(&bytes), Err(why), "{name}");
    }
    let table = |text: &str| {
        format!(
            r#"<table:table><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>{text}</text:p></table:table-cell></table:table-row></table:table>"#
        )
    };
    // A mark that `str::trim` leaves.
    let started = Instant::now();
    assert_eq!(read_ods(&table(&format!("\u{feff}{blank}"))), Err(Unreadable::Empty));
    assert_eq!(read_ods(&table(&"\u{feff}".repeat(2_000_000))), Err(Unreadable::TooLarge));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn of_other_sheets_no_more_is_looked_at_than_of_the_one_that_is_read() {
    let blank = " ".repeat(100_000);
    let strings = format!("<sst><si><t xml:space=\"preserve\">{blank}</t></si></sst>");
    let [first, second] =
        [row(1, &["Martin", "Camille", "14/03/2012"]), r#"<row><c t="s"><v>0</v></c></row>"#.repeat(300_000)].map(|rows| sheet(&rows));
    let relationship = |n: u32| format!(r#"<Relationship Id="r{n}" Type="x/relationships/worksheet" Target="worksheets/sheet{n}.xml"/>"#);
    let named = |n: u32| format!(r#"<sheet name="Liste {n}" sheetId="{n}" r:id="r{n}"/>"#);
    let parts = [
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Type="x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned(),
        ),
        ("xl/_rels/workbook.xml.rels", format!("<Relationships>{}{}</Relationships>", relationship(1), relationship(2))),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}{}</sheets></workbook>"#,
                named(1),
                named(2)
            ),
        ),
        ("xl/worksheets/sheet1.xml", first),
        ("xl/worksheets/sheet2.xml", second),
        ("xl/sharedStrings.xml", strings),
    ];
    let bytes = archive(parts.iter().map(|(name, content)| (*name, content.as_bytes())));
    let before = Instant::now();
    assert_eq!(read_xlsx(&bytes).unwrap().other_sheets, ["Liste 2"], "it may have something in it");
    assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
}

#[test]
fn what_stands_below_the_last_row_there_can_be_is_refused() {
    let below = format!(
        r#"<table:table><table:table-row table:number-rows-repeated="{}"><table:table-cell/></table:table-row><table:table-row><table:table-cell><text:p>Martin</text:p></table:table-cell></table:table-row></table:table>"#,
        u32::MAX
    );
    assert_eq!(read_ods(&below), Err(Unreadable::Broken));
}

#[test]
fn many_sheets_that_are_one_part_are_not_all_read() {
    let empty = sheet("");
    assert_eq!(read_xlsx(&xlsx_of(20, &empty, &[])), Err(Unreadable::Empty));
    assert_eq!(read_xlsx(&xlsx_of(21, &empty, &[])), Err(Unreadable::TooLarge));
    let list = sheet(&row(1, &["Martin", "Camille", "14/03/2012"]));
    let read = read_xlsx(&xlsx_of(21, &list, &[])).unwrap();
    assert_eq!((read.lines.len(), read.other_sheets.len()), (1, 20), "the first one counts");
    assert_eq!(read.other_sheets.last().unwrap(), "…");
    let large = [("xl/worksheets/large.xml", " ".repeat(22 * 1024 * 1024))];
    let large = large.each_ref().map(|(name, content)| (*name, content.as_str()));
    assert_eq!(read_xlsx(&xlsx_of(2, &empty, &large)), Err(Unreadable::Empty));
    assert_eq!(read_xlsx(&xlsx_of(3, &empty, &large)), Err(Unreadable::TooLarge));
}

#[test]
fn a_table_that_repeats_itself_is_refused() {
    let table = |row: &str, cell: &str, text: &str| {
        format!(
            r#"<table:table><table:table-row {row}><table:table-cell office:value-type="string" {cell}><text:p>{text}</text:p></table:table-cell></table:table-row></table:table>"#
        )
    };
    let repeated = |what: &str, times: &str| format!("table:number-{what}-repeated=\"{times}\"");
    for (content, why) in [
        (table("", &repeated("columns", "16384"), "a"), Unreadable::TooManyColumns),
        (table(&repeated("rows", "1048576"), "", "a"), Unreadable::TooManyRows),
        (table(&repeated("rows", "4294967295"), &repeated("columns", "4294967295"), "a"), Unreadable::TooManyColumns),
        (table(&repeated("rows", "2999"), "", &"a".repeat(10_000)), Unreadable::TooLarge),
        (table(&repeated("rows", "99999999999"), "", "a"), Unreadable::Broken),
    ] {
        assert_eq!(read_ods(&content), Err(why), "{content:.200}");
    }
    let spaces = table("", "", r#"Martin<text:s text:c="999999999999"/>Durand"#);
    let written = &read_ods(&spaces).unwrap().lines[0].written;
    assert_eq!([written.last_name.as_str(), &written.first_name], ["Martin", "Durand"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Past the archive's checksums, so that it is the sheet that is damaged.
    #[test]
    fn no_damage_to_a_sheet_makes_it_panic(at in 0..400_usize, byte in any::<u8>(), end in 0..400_usize) {
        let whole = sheet(&[row(1, &["Nom", "Prénom"]), row(2, &["Martin", "Camille"])].concat()).into_bytes();
        let mut damaged = whole.clone();
        let at = at % whole.len();
        damaged[at] = byte;
        let damaged = String::from_utf8_lossy(&damaged).into_owned();
        let _ = read_xlsx(&xlsx(&damaged, &[]));
        let cut = String::from_utf8_lossy(&whole[..end.min(whole.len())]).into_owned();
        let _ = read_xlsx(&xlsx(&cut, &[("xl/styles.xml", &damaged), ("xl/sharedStrings.xml", &cut)]));
        let _ = read_ods(&damaged);
    }
}
