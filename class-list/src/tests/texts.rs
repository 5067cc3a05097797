//! Text as tables, and its encodings.

use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const LIST: [[&str; 3]; 3] = [["Martin", "Camille", "14/03/2012"], ["Bernard", "Zoé", "31/05/2012"], ["N’Diaye", "Awa", "2012-01-02"]];

fn rows(text: &str) -> Vec<Row> {
    text::rows(text).unwrap()
}

fn cells(text: &str) -> Vec<Vec<String>> {
    rows(text).into_iter().map(|row| row.cells).collect()
}

fn lines(text: &str) -> Vec<u32> {
    rows(text).iter().map(|row| row.line).collect()
}

#[test]
fn a_table_is_read_whatever_its_separator_and_line_break() {
    for separator in ["\t", ";", ","] {
        for line_break in ["\n", "\r\n", "\r"] {
            let text = LIST.map(|row| row.join(separator)).join(line_break);
            for end in ["", line_break, &line_break.repeat(2)] {
                let text = format!("{text}{end}");
                assert_eq!(cells(&text), LIST, "{text:?}");
                assert_eq!(lines(&text), [1, 2, 3], "{text:?}");
            }
        }
    }
}

#[test]
fn whatever_quotes_there_are_and_what_surrounds_them_the_same_list_is_read() {
    let quotes: [fn(&str) -> String; 2] = [str::to_owned, |cell| format!("\"{cell}\"")];
    let around: [fn(&str) -> String; 2] = [str::to_owned, |cell| format!(" {cell}\u{a0}")];
    for separator in ["\t", ";", ","] {
        for line_break in ["\n", "\r\n", "\r"] {
            for quote in quotes {
                for surround in around {
                    for tail in ["", &separator.repeat(3)] {
                        for mark in ["", "\u{feff}"] {
                            let rows = LIST.map(|row| row.map(|cell| surround(&quote(cell))).join(separator) + tail);
                            let text = [mark, line_break, &rows.join(&line_break.repeat(2)), line_break].concat();
                            for (row, expected) in cells(&text).into_iter().zip(LIST) {
                                let (row, rest) = row.split_at(3);
                                assert_eq!(row, expected, "{text:?}");
                                assert_eq!(rest.concat(), "", "{text:?}");
                            }
                            assert_eq!(cells(&text).len(), 3, "{text:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_quoted_cell_may_hold_separators_quotes_and_line_breaks() {
    let text = "\"Martin, dit \"\"Tintin\"\"\"\t\"Camille\r\nMarie\"\t14/03/2012\r\nBernard\tZoé\t31/05/2012";
    assert_eq!(cells(text), [["Martin, dit \"Tintin\"", "Camille Marie", "14/03/2012"], LIST[1]]);
    assert_eq!(lines(text), [1, 3]);
}

#[test]
fn a_stray_quote_is_a_character_like_another() {
    assert_eq!(cells("Martin \"Tintin\";Camille;14/03/2012"), [["Martin \"Tintin\"", "Camille", "14/03/2012"]]);
    assert_eq!(cells("\"Martin;Camille;14/03/2012\nBernard;Zoé;31/05/2012"), [["\"Martin", "Camille", "14/03/2012"], LIST[1]]);
    assert_eq!(cells("\"Tintin\" Martin;Camille;14/03/2012"), [["\"Tintin\" Martin", "Camille", "14/03/2012"]]);
}

#[test]
fn a_comma_within_a_name_does_not_part_it_where_another_separator_does() {
    assert_eq!(cells("Martin, dit Tintin;Camille;14/03/2012"), [["Martin, dit Tintin", "Camille", "14/03/2012"]]);
}

#[test]
fn spaces_of_whatever_kind_become_one_plain_space() {
    assert_eq!(cells("De\u{a0}La  Tour\tAnne\u{202f}Marie\t14/03/2012"), [["De La Tour", "Anne Marie", "14/03/2012"]]);
}

#[test]
fn empty_lines_count_as_lines_and_as_nothing_else() {
    assert_eq!(lines("\n\t\t\nMartin;Camille;14/03/2012\n\n;;\n"), [3]);
    for nothing in ["", " ", "\n\n", "\u{feff}", "\t\t\r\n", "\"\""] {
        assert!(rows(nothing).is_empty(), "{nothing:?}");
    }
}

#[test]
fn something_is_read_while_it_is_being_typed() {
    assert_eq!(cells("Martin"), [["Martin"]]);
    assert_eq!(cells("Martin;Cam"), [["Martin", "Cam"]]);
}

#[test]
fn a_list_is_read_in_no_time_or_refused() {
    let before = Instant::now();
    assert_eq!(rows(&"\"Martin;\"Camille;14/03/2012\n".repeat(MAX_ROWS)).len(), MAX_ROWS);
    for (text, why) in [
        ("\"Martin;\"Camille;14/03/2012\n".repeat(MAX_ROWS + 1), Unreadable::TooManyRows),
        ("a\n".repeat(1_000_000), Unreadable::TooManyRows),
        ("a;".repeat(MAX_COLUMNS + 1), Unreadable::TooManyColumns),
        ("a;".repeat(500_000), Unreadable::TooManyColumns),
        ("\"a;".repeat(500_000), Unreadable::TooManyColumns),
    ] {
        assert_eq!(text::rows(&text), Err(why));
    }
    assert_eq!(rows(&format!("a{}", ";".repeat(1_000_000))).len(), 1);
    assert_eq!(rows(&"\n".repeat(1_000_000)).len(), 0);
    assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
}

fn in_utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes_of).collect()
}

#[test]
fn text_is_read_in_the_encodings_that_spreadsheets_write() {
    let text = "Bernard;Zoé;31/05/2012;33\nBœuf;L’Hôte;14/03/2012;";
    let windows = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        windows,
        in_utf16(text, u16::to_le_bytes),
        in_utf16(text, u16::to_be_bytes),
    ] {
        let list = read(&bytes, Format::Text, None, TODAY).unwrap();
        assert_eq!(candidates(&list), [ZOE, ["Bœuf", "L’Hôte", "2012-03-14", "0"]], "{bytes:?}");
    }
    // In Windows-1252 two letters may look like one of UTF-8.
    let chance = encoding_rs::WINDOWS_1252.encode("RENÉ\u{a0};Zoé;31/05/2012\nBernard;Léa;31/05/2012").0;
    assert_eq!(read(&chance, Format::Text, None, TODAY).unwrap().lines[1].written.first_name, "Léa");
    // Its last letter could be the first half of one.
    assert_eq!(text::decode(b"Zo\xe9").unwrap(), "Zoé");
}

#[test]
fn what_is_no_whole_text_is_refused() {
    let text = "Bernard;Zoé;31/05/2012\nLéon;Noé;31/05/2012";
    let cut_off = &text.as_bytes()[..text.find("oé;31/05/2012\nL").unwrap() + 2];
    for (bytes, why) in [
        ([text.as_bytes(), b"\nBernard;Zo\xe9;31/05/2012"].concat(), Unreadable::MixedEncodings),
        ([text.as_bytes(), &cut_off[8..]].concat(), Unreadable::MixedEncodings),
        ("Bernard;Zo\u{fffd};31/05/2012".into(), Unreadable::MixedEncodings),
        (in_utf16(text, u16::to_le_bytes)[..41].to_vec(), Unreadable::MixedEncodings),
        (in_utf16(text, u16::to_le_bytes)[2..].to_vec(), Unreadable::NotText),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), Unreadable::NotText),
    ] {
        assert_eq!(read(&bytes, Format::Text, None, TODAY), Err(why), "{bytes:?}");
    }
}

/// What is likely to trip a reader.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\"", "\"\"", ";", "\t", ",", "\n", "\r\n", "\r", " ", "\u{a0}", "é", "X", "1/2/2012", "33 %", "Nom", "Né le", "DUPONT", "d’",
        "\u{feff}", "ß",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_rows_stand_where_they_say(text in pieces()) {
        let _ = try_read(&text);
        let rows = rows(&text);
        prop_assert!(rows.iter().zip(rows.iter().skip(1)).all(|(before, after)| before.line < after.line));
        let last = text.replace("\r\n", "\n").replace('\r', "\n").split('\n').count();
        prop_assert!(rows.iter().all(|row| usize::try_from(row.line).unwrap() <= last));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Text, Format::Xlsx, Format::Ods] {
            let _ = read(&bytes, format, None, TODAY);
        }
    }
}
