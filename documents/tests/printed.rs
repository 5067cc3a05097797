//! Documents as they are printed. They are left in `target/tmp/documents`, where `documents/check.py` looks at them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use documents::{Attendance, Enrolled, Facts, Kit, Text, attendance, kit, report};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use proptest::prelude::*;
use shared::domain::{
    act::Action,
    actor::ActorRole,
    history::SessionAction,
    incident::Category,
    language::Language,
    name::Named,
    record::{
        Event, Format, Instant, Interruption, Record, RecordedCandidate, RecordedChange, RecordedIncident, RecordedPlan, RecordedProctor,
        RecordedSession, RecordedStatus,
    },
    state_table::Status,
};
use std::{fs, path::Path};

const BOTH: [Language; 2] = [Language::French, Language::English];
const BORN: Date = date(2012, 5, 31);

fn facts() -> Facts {
    Facts {
        number: "4821957".to_owned(),
        when: "15/06/2026 - 09:00".to_owned(),
        site: Text::of("Collège Jean Moulin"),
        room: Text::of("Salle 12"),
        examiner: Some(Text::of("AED")),
    }
}

fn a_kit() -> Kit {
    Kit {
        facts: facts(),
        address: Some("https://vigie.example.org/app/".to_owned()),
        session_password: "C-7GHJ4K".to_owned(),
        access_code: "XGDZ46".to_owned(),
    }
}

fn sheet_of(names: &[(&str, &str)], count: usize) -> Attendance {
    let names = names.iter().cycle().take(count);
    Attendance { facts: facts(), candidates: names.map(|(last, first)| Enrolled::new(last, first, BORN)).collect() }
}

const NAMES: [(&str, &str); 5] = [
    ("Bernard", "Zoé"),
    ("Martin", "Camille"),
    ("de La Rochefoucauld-Montmorency", "Marie-Charlotte Élisabeth"),
    ("N’Diaye", "Aïssatou"),
    ("Lê", "Minh"),
];

/// So many seconds after the session began, at 09:00.
fn at(second: i64) -> Instant {
    Instant(Timestamp::from_second("2026-06-15T07:00:00Z".parse::<Timestamp>().unwrap().as_second() + second).unwrap())
}

fn named(first: &str, last: &str) -> Named {
    Named::from((first.to_owned(), last.to_owned()))
}

/// Every fifth is absent, every third of the others interrupted once.
fn a_candidate(place: usize, (last, first): (&str, &str)) -> RecordedCandidate {
    let (present, interrupted) = (place % 5 != 4, place.is_multiple_of(3));
    let event =
        |second, action, role, by: Named| Event { at: at(second), action, role, by: Some(by), reason: None, minutes: None, former: None };
    let by_proctor = |second, action| event(second, action, ActorRole::Proctor, named("Dominique", "Roux"));
    let by_candidate = |second, action| event(second, action, ActorRole::Candidate, named(first, last));
    let mut history = vec![event(-90_000, Action::Enrol, ActorRole::Organiser, named("Lucie", "Moreau"))];
    let mut interruptions = vec![];
    if present {
        history.extend([by_candidate(-60, Action::Join), by_proctor(0, Action::Tick), by_candidate(10, Action::Start)]);
    }
    if present && interrupted {
        history.extend([by_candidate(600, Action::Leave), by_proctor(660, Action::Authorise), by_candidate(725, Action::Start)]);
        history.push(Event { minutes: Some(5), reason: Some("panne".to_owned()), ..by_proctor(800, Action::AddMinutes) });
        interruptions.push(Interruption { from: Some(at(600)), to: Some(at(725)), seconds: Some(125) });
    }
    if present {
        history.push(by_candidate(3600, Action::Finish));
    }
    let known = |second| Some(at(second)).filter(|_| present);
    RecordedCandidate {
        id: format!("ID{place}"),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        birthdate: BORN,
        extra_time_percent: if place == 1 { 33 } else { 0 },
        status: if present { Status::Finished } else { Status::Enrolled },
        present_since: known(0),
        started_at: known(10),
        ends_at: known(6310),
        ended_at: known(3600),
        starts: u32::from(present) + u32::from(present && interrupted),
        extra_minutes: if present && interrupted { 5 } else { 0 },
        interruptions,
        history,
    }
}

fn a_record(names: &[(&str, &str)], count: usize) -> Record {
    Record {
        format: Format::First,
        finalisation: Some(1),
        session: RecordedSession {
            number: "4821957".to_owned(),
            plan: RecordedPlan {
                date: date(2026, 6, 15),
                time: "09:00".to_owned(),
                time_zone: "Europe/Paris".to_owned(),
                site: "Collège Jean Moulin".to_owned(),
                room: "Salle 12".to_owned(),
                examiner: Some("AED".to_owned()),
                duration_minutes: 105,
            },
            status: RecordedStatus::Finalised,
            opens_at: at(-1800),
            closes_at: at(7200),
            created_at: at(-100_000),
            created_by: Some(named("Lucie", "Moreau")),
            finalised_at: Some(at(7300)),
            finalised_by: Some(named("Lucie", "Moreau")),
        },
        proctors: vec![RecordedProctor { named: named("Dominique", "Roux"), since: at(-120) }],
        candidates: names.iter().cycle().take(count).enumerate().map(|(place, name)| a_candidate(place, *name)).collect(),
        changes: vec![],
        incidents: vec![],
    }
}

fn a_change(second: i64, action: SessionAction) -> RecordedChange {
    RecordedChange {
        at: at(second),
        action,
        by: None,
        reason: None,
        finalised_at: None,
        finalised_by: None,
        candidate: None,
        moved_from: None,
        former: None,
        former_plan: None,
    }
}

fn a_record_of_before_seals() -> Record {
    let mut record = a_record(&NAMES, 1);
    (record.finalisation, record.session.finalised_at, record.session.finalised_by) = (None, None, None);
    record
}

/// In which something was reported, of which nobody knows all, and which is not finalised.
fn an_open_record() -> Record {
    let mut record = a_record(&NAMES, 5);
    record.session.status = RecordedStatus::Open;
    (record.finalisation, record.session.finalised_at, record.session.finalised_by) = (None, None, None);
    record.candidates.first_mut().unwrap().interruptions.push(Interruption { from: None, to: Some(at(900)), seconds: None });
    let plan = RecordedPlan { room: "Salle 11".to_owned(), ..a_record(&[], 0).session.plan };
    let edited = RecordedChange { by: Some(named("Lucie", "Moreau")), former_plan: Some(plan), ..a_change(-4000, SessionAction::Edit) };
    let reason = Some("finalisée par erreur".to_owned());
    let reopened = RecordedChange { reason, finalised_at: Some(at(-60)), ..a_change(-50, SessionAction::Reopen) };
    record.changes = vec![edited, reopened];
    record.incidents = vec![
        RecordedIncident {
            id: "01A".to_owned(),
            at: at(605),
            role: ActorRole::Proctor,
            by: named("Dominique", "Roux"),
            category: Category::Technical,
            text: Some("Écran noir.\nChangé de poste.".to_owned()),
            candidate: Some("ID0".to_owned()),
        },
        RecordedIncident {
            id: "01B".to_owned(),
            at: at(90_000),
            role: ActorRole::Organiser,
            by: named("Lucie", "Moreau"),
            category: Category::Evacuation,
            text: None,
            candidate: None,
        },
    ];
    record
}

const SEAL: &str = "eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il0sImtpZCI6InJlY29yZC1aLTVRYThDLWNfS0hEV3Q0IiwidHlwIjoidmlnaWUtcmVjb3JkK2p3cyJ9..AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const PAGE: Option<&str> = Some("https://vigie.example.org/app/");

#[test]
fn reports() {
    let now = at(4000).0;
    let write = |record: &Record, seal, page, language| report(record, seal, page, now, language).unwrap();
    for language in BOTH {
        for count in [0, 30] {
            keep(&format!("report-{count}"), language, |language| write(&a_record(&NAMES, count), Some(SEAL), PAGE, language));
        }
        keep("report-open", language, |language| write(&an_open_record(), None, PAGE, language));
        keep("report-unsealed", language, |language| write(&a_record_of_before_seals(), None, None, language));
    }
    let odd = [("#panic()", "*x* _y_ `z` $1$ @a <b>"), ("\u{5d0}\u{5d1}", "王❤\u{fe0f}"), ("\u{0}\u{7}\t\r\n", "\u{e000}\u{feff}")];
    keep("report-120", Language::French, |language| write(&a_record(&NAMES, 120), Some(SEAL), PAGE, language));
    keep("report-odd", Language::French, |language| {
        let mut record = a_record(&odd, odd.len());
        record.incidents = an_open_record().incidents;
        record.incidents.first_mut().unwrap().text = Some("#read(\"data.json\")\n= x\r\n\t/ a: b ".repeat(40) + &"x".repeat(1000));
        write(&record, Some(SEAL), PAGE, language)
    });
}

/// Leaves a document for the checker.
fn keep(name: &str, language: Language, write: impl Fn(Language) -> Vec<u8>) {
    let document = write(language);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.{}.pdf", language.tag())), document).unwrap();
}

#[test]
fn kits() {
    for language in BOTH {
        keep("kit", language, |language| kit(&a_kit(), language).unwrap());
        let long = || Text::of(&"Établissement ".repeat(18));
        let facts = Facts { site: long(), room: long(), examiner: Some(long()), ..facts() };
        let address = Some(format!("https://{}.example.org/app/", "vigie-de-l-examen".repeat(3)));
        keep("kit-long", language, |language| kit(&Kit { facts: facts.clone(), address: address.clone(), ..a_kit() }, language).unwrap());
        keep("kit-without-address", language, |language| kit(&Kit { address: None, ..a_kit() }, language).unwrap());
    }
}

#[test]
fn the_same_is_printed_from_the_same() {
    let twice = [(); 2].map(|()| kit(&a_kit(), Language::French).unwrap());
    assert!(twice[0] == twice[1]);
}

#[test]
fn sheets() {
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(8);
    let odd = [
        ("#panic()", "*x* _y_ `z` $1$ @a <b>"),
        ("\"; read(\"data.json\")", "\\u{41} //  /* #import"),
        ("\u{5d0}\u{5d1}\u{5d2}", "\u{627}\u{6df}\u{644}"),
        ("王", "❤\u{fe0f}x\u{200d}y\u{301}\u{301}\u{301}"),
        (&long[..255], "i".repeat(255).leak()),
        ("\u{0}\u{7}\u{85}\t\r\n", "\u{e000}\u{10ffff}\u{feff}\u{fffe}"),
    ];
    for language in BOTH {
        for count in [0, 1, 30, 40, 300] {
            keep(&format!("attendance-{count}"), language, |language| attendance(&sheet_of(&NAMES, count), language).unwrap());
        }
        keep("attendance-odd", language, |language| attendance(&sheet_of(&odd, odd.len()), language).unwrap());
    }
}

#[test]
fn every_character_that_the_fonts_have() {
    let all: Vec<char> =
        ('\u{0}'..=char::MAX).filter(|character| !Text::of(&character.to_string()).as_str().contains('\u{fffd}')).collect();
    assert!(all.len() > 2000, "{}", all.len());
    let names: Vec<String> = all.chunks(20).map(|characters| characters.iter().collect()).collect();
    let candidates = names.iter().map(|name| Enrolled::new(name, name, BORN)).collect();
    keep("attendance-characters", Language::French, |language| {
        attendance(&Attendance { facts: facts(), candidates: Clone::clone(&candidates) }, language).unwrap()
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_somebody_is_called_is_printed(names in prop::collection::vec((any::<String>(), "\\PC{0,60}"), 1..12), site: String) {
        let facts = Facts { site: Text::of(&site), ..facts() };
        let candidates: Vec<_> = names.iter().map(|(last, first)| Enrolled::new(last, first, BORN)).collect();
        let sheet = attendance(&Attendance { facts: facts.clone(), candidates }, Language::English);
        prop_assert!(sheet.is_ok(), "{:?}", sheet.err());
        let kit = kit(&Kit { facts, ..a_kit() }, Language::French);
        prop_assert!(kit.is_ok(), "{:?}", kit.err());
        let names: Vec<_> = names.iter().map(|(last, first)| (last.as_str(), first.as_str())).collect();
        let report = report(&a_record(&names, names.len()), None, None, at(0).0, Language::French);
        prop_assert!(report.is_ok(), "{:?}", report.err());
    }
}
