//! A class list from a file: looked at, then enrolled as a whole or not at all.

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::io::{Cursor, Write};
use tests::{Answer, Api, Room, Value, answer, json, people::identity};
use zip::{ZipWriter, write::SimpleFileOptions};

const CSV: &str = "text/csv";
/// What gateways pass on as it is.
const BYTES: &str = "application/csv";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// Two candidates, as a school's program writes them.
const LIST: &str = "Nom;Prénom;Né(e) le;Classe;Tiers temps\r\nBERNARD;Zoé;31/05/2012;3A;33 %\r\nMartin;Camille;14/03/2012;3A;\r\n";

/// Sends a file, with this query.
pub async fn send(room: &Room, query: &str, key: &str, media_type: &str, file: impl Into<Vec<u8>>) -> Answer {
    let call = room.api.post(room.path(&format!("/candidates/import{query}"))).token(&room.organiser);
    let call = if key.is_empty() { call } else { call.key(key) };
    call.header("content-type", media_type).header("accept-language", "en").body(file.into()).send().await
}

async fn look(room: &Room, file: impl Into<Vec<u8>>) -> Answer {
    send(room, "?dryRun=true", "", CSV, file).await
}

async fn enrol(room: &Room, key: &str, file: impl Into<Vec<u8>>) -> Answer {
    send(room, "", key, CSV, file).await
}

/// A list of the people of these numbers.
pub fn list_of(numbers: std::ops::Range<usize>) -> String {
    let line = |n| {
        let who = identity(n);
        [answer(&who, "lastName"), answer(&who, "firstName"), answer(&who, "birthdate")].join(";") + "\n"
    };
    "Nom;Prénom;Né le\n".to_owned() + &numbers.map(line).collect::<String>()
}

fn names(answer: &Value) -> Vec<String> {
    let candidates = answer["candidates"].as_array().unwrap().iter();
    candidates.map(|view| format!("{} {}", self::answer(view, "firstName"), self::answer(view, "lastName"))).collect()
}

/// What a list comes to: lines that are ready, enrolled, blocked.
fn counts(answer: &Value) -> [u64; 3] {
    ["ready", "enrolled", "blocked"].map(|count| answer[count].as_u64().unwrap())
}

async fn enrolled(room: &Room) -> usize {
    room.board().await["candidates"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_list_is_looked_at_and_then_enrolled() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let seen = look(&room, LIST).await;
    assert_eq!(
        (seen.status, seen.body.clone()),
        (
            200,
            json!({
                "lines": [
                    {"line": 2, "status": "ready", "findings": [],
                        "candidate": {"lastName": "BERNARD", "firstName": "Zoé", "birthdate": "2012-05-31", "extraTimePercent": 33}},
                    {"line": 3, "status": "ready", "findings": [],
                        "candidate": {"lastName": "Martin", "firstName": "Camille", "birthdate": "2012-03-14"}},
                ],
                "ready": 2, "enrolled": 0, "blocked": 0, "places": 300,
                "missingColumns": [], "ignoredColumns": ["Classe"], "suspectColumns": [], "otherSheets": [],
            })
        )
    );
    assert_eq!(enrolled(&room).await, 0);

    let done = enrol(&room, "", LIST).await;
    assert_eq!((done.status, counts(&done.body), names(&done.body)), (201, [2, 0, 0], vec!["Zoé BERNARD".into(), "Camille Martin".into()]));
    let board = room.board().await;
    let mut extra: Vec<_> =
        board["candidates"].as_array().unwrap().iter().map(|view| (answer(view, "firstName"), view["extraTimePercent"].clone())).collect();
    extra.sort_by_key(|(name, _)| name.clone());
    assert_eq!(extra, [("Camille".to_owned(), json!(0)), ("Zoé".to_owned(), json!(33))]);

    // Who is enrolled is passed over, the other way round too.
    let longer = "Nom;Prénom;Né le\nCAMILLE;martin;14/03/2012\nzoé;bernard;2012-05-31\nDiop;Awa;02/01/2012\n";
    let seen = look(&room, longer).await.ok();
    let statuses: Vec<_> = seen["lines"].as_array().unwrap().iter().map(|line| answer(line, "status")).collect();
    assert_eq!(
        (statuses, counts(&seen), &seen["places"]),
        (["enrolled", "enrolled", "ready"].map(str::to_owned).to_vec(), [1, 2, 0], &json!(298))
    );
    let done = enrol(&room, "", longer).await;
    assert_eq!((done.status, counts(&done.body), names(&done.body)), (201, [1, 2, 0], vec!["Awa Diop".into()]));
    let again = enrol(&room, "", LIST).await;
    assert_eq!((again.status, counts(&again.body), names(&again.body)), (201, [0, 2, 0], vec![]));
    assert_eq!(enrolled(&room).await, 3);

    // Whoever was enrolled from a file is a candidate like others.
    let mut pupil =
        tests::Pupil { room: room.clone(), id: String::new(), name: String::new(), account: api.account().await, token: String::new() };
    pupil.join(&json!({"firstName": "Zoe", "lastName": "Bernard", "birthdate": "2012-05-31"})).await;
}

#[tokio::test]
async fn whoever_is_enrolled_with_other_extra_time_than_a_list_says_is_told_and_stays_so() {
    let room = Room::open(&Api::anywhere().await).await;
    let list = |extra: &str| format!("Nom;Prénom;Né le;Tiers temps\nMartin;Camille;14/03/2012;{extra}\n");
    enrol(&room, "", list("non")).await.ok();
    for (extra, told) in [("", json!([])), ("non", json!([])), ("oui", json!(["extraTimePercent"]))] {
        let answer = enrol(&room, "", list(extra)).await.ok();
        let line = &answer["lines"][0];
        let fields: Vec<_> = line["findings"].as_array().unwrap().iter().map(|finding| finding["field"].clone()).collect();
        assert_eq!((&line["status"], json!(fields)), (&json!("enrolled"), told), "{extra}");
    }
    let who = &room.board().await["candidates"][0];
    room.api
        .patch(room.path(&format!("/candidates/{}", answer(who, "id"))))
        .token(&room.organiser)
        .json(&json!({"extraTimePercent": 33}))
        .send()
        .await
        .ok();
    let seen = look(&room, list("non")).await.ok();
    assert_eq!(counts(&seen), [0, 1, 0]);
    assert!(answer(&seen["lines"][0]["findings"][0], "message").contains("33"), "{seen}");
    assert_eq!(look(&room, "Nom;Prénom;Né le\nMartin;Camille;14/03/2012\n").await.ok()["lines"][0]["findings"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_told_by_line_and_nobody_is_enrolled() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let list = "Nom;Prénom;Né(e) le;Tiers temps;Aménagement\nBernard;Zoé;31/05/2012;;x\n\nMartin;Camille;31/02/2012;beaucoup;\n-;Awa;02/01/12;;\nzoé;BERNARD;2012-05-31;;\n";
    let seen = look(&room, list).await.ok();
    assert_eq!((counts(&seen), &seen["suspectColumns"]), ([1, 0, 3], &json!(["Aménagement"])));
    let told = |line: usize| {
        seen["lines"][line]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                format!("{} {}: {}", finding["field"].as_str().unwrap_or("-"), answer(finding, "code"), answer(finding, "message"))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(seen["lines"].as_array().unwrap().iter().map(|line| line["line"].clone()).collect::<Vec<_>>(), [2, 4, 5, 6]);
    assert_eq!(
        told(1),
        [
            "birthdate invalid_date: This date does not exist; write the day, then the month, then the year.",
            "extraTimePercent invalid: Write extra time as a percentage: a whole number from 0 to 200, or else yes or 1/3 for a third.",
        ]
    );
    assert_eq!(
        told(2),
        [
            "lastName invalid: A name has at least one letter or digit, and nothing invisible.",
            "birthdate out_of_range: Check the year of birth, and write it with four digits.",
        ]
    );
    assert_eq!(told(3), ["- already_enrolled: This is the same person as on line 2."]);
    let double = "Nom;Prénom;Né le\nBernard;Zoé;31/05/2012\nzoé;BERNARD;2012-05-31\n";
    assert_eq!(
        seen["lines"][1]["written"],
        json!({"lastName": "Martin", "firstName": "Camille", "birthdate": "31/02/2012", "extraTimePercent": "beaucoup"})
    );

    let refused = enrol(&room, "", list).await;
    assert_eq!(
        refused.bad_fields(),
        [
            "lines[1].birthdate invalid_date",
            "lines[1].extraTimePercent invalid",
            "lines[2].lastName invalid",
            "lines[2].birthdate out_of_range",
            "lines[3] already_enrolled"
        ]
    );
    assert_eq!(enrolled(&room).await, 0);
    room.enrol(0..1).await;
    assert_eq!(counts(&look(&room, double).await.ok()), [0, 1, 1], "a double is one also of somebody who is enrolled");
    assert_eq!(enrol(&room, "", double).await.bad_fields(), ["lines[1] already_enrolled"]);
    let without_birthdates = "Nom;Prénom\nBernard;Zoé\nMartin;Camille";
    assert_eq!(look(&room, without_birthdates).await.ok()["missingColumns"], json!(["birthdate"]));
    assert_eq!(enrol(&room, "", without_birthdates).await.bad_fields(), ["columns.birthdate required"], "once, not of each line");
    let after_empty_lines = enrol(&room, "", "Nom;Prénom;Né le\n\n\nBernard;Zoé;31/02/2012").await;
    assert_eq!(after_empty_lines.bad_fields(), ["lines[0].birthdate invalid_date"]);
    assert_eq!(after_empty_lines.body["errors"][0]["line"], 4, "as an editor counts");
}

#[tokio::test]
async fn a_list_is_read_in_every_format_and_encoding_that_schools_have() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let rows = [["Nom", "Prénom", "Né(e) le"], ["Lecœur", "Zoé", "31/05/2012"], ["N’Diaye", "Éloïse", "02/01/2012"]];
    let text = |separator: &str| rows.map(|row| row.join(separator)).join("\r\n");
    let utf16: Vec<_> = format!("\u{feff}{}", text("\t")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let windows = text(";")
        .chars()
        .map(|c| match c {
            'œ' => 0x9c,
            '’' => 0x92,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    for (media_type, file) in [
        (CSV, text(",").into_bytes()),
        ("text/csv; charset=utf-8", format!("\u{feff}{}", text(";")).into_bytes()),
        (CSV, rows.map(|row| row.map(|cell| format!("\"{cell}\"")).join(";")).join("\n").into_bytes()),
        (BYTES, windows),
        (BYTES, utf16),
        (XLSX, xlsx(&rows)),
        (ODS, ods(&rows)),
    ] {
        let seen = send(&room, "?dryRun=true", "", media_type, file).await.ok();
        let understood: Vec<_> = seen["lines"].as_array().unwrap().iter().map(|line| line["candidate"].clone()).collect();
        assert_eq!(
            understood,
            [
                json!({"lastName": "Lecœur", "firstName": "Zoé", "birthdate": "2012-05-31"}),
                json!({"lastName": "N’Diaye", "firstName": "Éloïse", "birthdate": "2012-01-02"})
            ],
            "{media_type}"
        );
    }
    assert_eq!(names(&send(&room, "", "", XLSX, xlsx(&rows)).await.ok()), ["Zoé Lecœur", "Éloïse N’Diaye"]);
}

/// As Excel writes it, with dates that are none of text.
pub fn xlsx<const N: usize>(rows: &[[&str; N]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let shown = Format::new().set_num_format("dd/mm/yyyy");
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            let parts: Vec<_> = cell.split('/').filter_map(|part| part.parse().ok()).collect();
            match *parts.as_slice() {
                [day, month, year] => {
                    let date = ExcelDateTime::from_ymd(year, u8::try_from(month).unwrap(), u8::try_from(day).unwrap()).unwrap();
                    sheet.write_with_format(row, column, date, &shown).unwrap();
                }
                _ => {
                    sheet.write(row, column, *cell).unwrap();
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

fn ods(rows: &[[&str; 3]]) -> Vec<u8> {
    let cell = |cell: &&str| format!(r#"<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>"#);
    let row = |row: &[&str; 3]| format!("<table:table-row>{}</table:table-row>", row.iter().map(cell).collect::<String>());
    let content = format!(
        "<office:document-content><table:table>{}</table:table></office:document-content>",
        rows.iter().map(row).collect::<String>()
    );
    archive("content.xml", content.as_bytes())
}

fn archive(part: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    archive.start_file(part, SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

#[tokio::test]
async fn the_order_of_names_is_told_and_can_be_changed() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let list = "Martin;Camille;14/03/2012";
    for (query, order, last) in
        [("", "lastFirst", "Martin"), ("&nameOrder=lastFirst", "lastFirst", "Martin"), ("&nameOrder=firstLast", "firstLast", "Camille")]
    {
        let seen = send(&room, &format!("?dryRun=true{query}"), "", CSV, list).await.ok();
        assert_eq!((&seen["nameOrder"], &seen["lines"][0]["candidate"]["lastName"]), (&json!(order), &json!(last)), "{query}");
    }
    let refused = send(&room, "?dryRun=yes&nameOrder=nameFirst", "", CSV, list).await;
    assert_eq!(refused.bad_fields(), ["dryRun wrong_type", "nameOrder invalid"]);
    assert_eq!(send(&room, "?dryrun=true", "", CSV, list).await.bad_fields(), ["dryrun unknown"], "or it would enrol");
    assert_eq!(send(&room, "?dryRun=true&dryRun=false", "", CSV, list).await.bad_fields(), ["dryRun invalid"]);
    assert_eq!(enrolled(&room).await, 0);
}

#[tokio::test]
async fn a_long_list_is_enrolled_as_a_whole() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let file = list_of(0..250);
    let done = enrol(&room, "first", file.as_str()).await;
    assert_eq!((done.status, counts(&done.body)), (201, [250, 0, 0]));
    let expected: Vec<_> =
        (0..250).map(identity).map(|who| format!("{} {}", answer(&who, "firstName"), answer(&who, "lastName"))).collect();
    assert_eq!(names(&done.body), expected);
    assert_eq!(enrolled(&room).await, 250);
    let again = enrol(&room, "first", file.as_str()).await;
    assert_eq!((again.status, &again.body["candidates"], counts(&again.body)), (201, &done.body["candidates"], [250, 0, 0]));
    assert_eq!([&done.body["places"], &again.body["places"]], [300, 300], "this import aside");

    // However many there are, they are looked at; and none is enrolled of too many.
    let seen = look(&room, list_of(0..301)).await.ok();
    assert_eq!((counts(&seen), &seen["places"]), ([51, 250, 0], &json!(50)));
    enrol(&room, "", list_of(0..301)).await.refused(409, "session_full");
    assert_eq!(enrolled(&room).await, 250);
    assert_eq!(counts(&enrol(&room, "", list_of(200..300)).await.ok()), [50, 50, 0]);
    assert_eq!(enrolled(&room).await, 300);
}

#[tokio::test]
async fn a_retry_answers_as_the_first_did_and_another_file_is_another_import() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let first = enrol(&room, "key", LIST).await;
    let again = enrol(&room, "key", LIST.replace(';', ",").replace("31/05/2012", "2012-05-31")).await;
    assert_eq!((again.status, &again.body["candidates"], counts(&again.body)), (201, &first.body["candidates"], [2, 0, 0]));
    enrol(&room, "key", "Nom;Prénom;Né le\nDiop;Awa;02/01/2012").await.refused(409, "key_reused");
    enrol(&room, "key", format!("{LIST}Diop;Awa;02/01/2012")).await.refused(409, "key_reused");
    // Whoever was removed stays removed.
    let gone = answer(&first.body["candidates"][0], "id");
    api.delete(room.path(&format!("/candidates/{gone}"))).token(&room.organiser).send().await.ok();
    enrol(&room, "key", LIST).await.refused(409, "key_reused");
    assert_eq!(enrolled(&room).await, 1);
    assert_eq!(counts(&enrol(&room, "another", LIST).await.ok()), [1, 1, 0]);
}

#[tokio::test]
async fn whoever_is_another_person_now_is_not_enrolled_as_they_were() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let pupil = room.joined().await;
    let correction = api.patch(pupil.path("")).token(&room.organiser).json(&json!({"lastName": "Bernhard"}));
    correction.send().await.ok();
    let seen = look(&room, LIST).await.ok();
    assert_eq!((counts(&seen), &seen["lines"][0]["findings"][0]["code"]), ([1, 0, 1], &json!("already_enrolled")));
    assert_eq!(enrol(&room, "", LIST).await.bad_fields(), ["lines[0] already_enrolled"]);
    assert_eq!(counts(&enrol(&room, "", LIST.replace("BERNARD", "Bernhard")).await.ok()), [1, 1, 0]);
    assert_eq!(enrolled(&room).await, 2);
}

#[tokio::test]
async fn a_long_name_is_shown_short_and_enrolled_whole() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let name = "É".repeat(255);
    let done = enrol(&room, "", format!("Nom;Prénom;Né le\n{name};Zoé;31/05/2012")).await.ok();
    assert_eq!(done["lines"][0]["candidate"]["lastName"], "É".repeat(40) + "…");
    assert_eq!(done["candidates"][0]["lastName"], name);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_enrol_everybody_once() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let (mine, theirs) = (list_of(0..150), list_of(100..250));
    let sent = [("a", &mine), ("a", &mine), ("b", &theirs), ("b", &theirs)];
    let answers = join_all(sent.map(|(key, file)| enrol(&room, key, file.as_str()))).await;
    for answered in &answers {
        assert!(answered.status == 201 || answered.status == 503, "{}", answered.body);
    }
    // Whoever was told to come back does.
    for (key, file) in sent {
        enrol(&room, key, file.as_str()).await.ok();
    }
    let board = room.board().await;
    assert_eq!((board["candidates"].as_array().unwrap().len(), &board["session"]["candidateCount"]), (250, &json!(250)));
}

#[tokio::test]
async fn a_list_is_for_organisers_of_an_open_session() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let others = Room::organised(&api, api.other_organiser().await, Timestamp::now() + SignedDuration::from_hours(1)).await;
    let elsewhere = Room { organiser: others.organiser.clone(), ..room.clone() };
    for file in [LIST, "", "{}"] {
        look(&elsewhere, file).await.refused(404, "session_not_found");
    }
    look(&Room { organiser: room.proctor.clone(), ..room.clone() }, LIST).await.refused(401, "unauthenticated");
    look(&Room { organiser: api.account().await, ..room.clone() }, LIST).await.refused(403, "forbidden");
    room.finalise().await.ok();
    look(&room, LIST).await.refused(409, "session_finalised");
    enrol(&room, "", LIST).await.refused(409, "session_finalised");
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_what_to_do_about_it() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    for media_type in ["", "application/json", "application/vnd.ms-excel", "text/html", "image/png"] {
        send(&room, "?dryRun=true", "", media_type, LIST).await.refused(415, "unsupported_media_type");
    }
    let whole = xlsx(&[["Nom", "Prénom", "Né(e) le"], ["Bernard", "Zoé", "31/05/2012"]]);
    let (bomb, strings) = (vec![b' '; 50 * 1024 * 1024], br#"<sst uniqueCount="99999999999"/>"#);
    for (media_type, file, why) in [
        (CSV, vec![], "nothing but headings"),
        (CSV, b"Nom;Pr\xc3\xa9nom;N\xc3\xa9 le\r\n".to_vec(), "nothing but headings"),
        (CSV, "a\n".repeat(1_000_000).into_bytes(), "too many lines"),
        (CSV, "a;".repeat(100_000).into_bytes(), "too many columns"),
        (BYTES, whole.clone(), "not text"),
        (BYTES, [LIST.as_bytes(), b"Diop;L\xe9a;02/01/2012"].concat(), "CSV UTF-8"),
        (XLSX, LIST.into(), "incomplete or damaged"),
        (XLSX, whole[..whole.len() / 2].to_vec(), "incomplete or damaged"),
        (ODS, whole.clone(), "incomplete or damaged"),
        (XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "password"),
        (XLSX, archive("xl/worksheets/sheet1.xml", &bomb), "too much in this spreadsheet"),
        (ODS, archive("content.xml", &bomb), "too much in this spreadsheet"),
        (XLSX, archive("xl/sharedStrings.xml", strings), "incomplete or damaged"),
        (ODS, archive("content.xml", b"<table:table><table:table-row>"), "incomplete or damaged"),
    ] {
        let refused = send(&room, "", "", media_type, file).await;
        let detail = answer(&refused.refused(422, "unreadable_file").body, "detail");
        assert!(detail.contains(why), "{media_type}: {detail}");
    }
    assert_eq!(enrolled(&room).await, 0);
}

#[tokio::test]
async fn a_formula_is_a_name_like_another_if_it_is_one() {
    let api = Api::anywhere().await;
    let room = Room::open(&api).await;
    let seen = look(
        &room,
        "Nom;Prénom;Né le\n=CMD();Zoé;31/05/2012\n=;Zoé;31/05/2012\n\"=HYPERLINK(\"\"http://example.org\"\")\";Awa;31/05/2012\n",
    )
    .await
    .ok();
    assert_eq!(counts(&seen), [2, 0, 1]);
    assert_eq!(seen["lines"][0]["candidate"]["lastName"], "=CMD()");
    assert_eq!(seen["lines"][2]["candidate"]["lastName"], "=HYPERLINK(\"http://example.org\")");
}
