//! Lists that say which session each candidate is in.

use super::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook};
use shared::domain::session::Plan;

const HEADING: &str = "Date;Heure;Site;Salle;Nom;Prénom;Né(e) le;Tiers temps";

fn try_read_sessions(text: &str) -> Result<SessionList, Unreadable> {
    read_sessions(text.as_bytes(), Format::Text, None, &ZoneName::default(), TODAY)
}

fn read_lines(heading: &str, lines: &[&str]) -> SessionList {
    let text = [&[heading], lines].concat().join("\n");
    try_read_sessions(&text).unwrap_or_else(|why| panic!("{why:?}: {text}"))
}

/// A session in short: date, time, zone, site, room, examiner, minutes.
fn short(Plan { date, time, time_zone, site, room, examiner, duration_minutes }: &Plan) -> String {
    let examiner = examiner.as_ref().map_or("-", |examiner| examiner.as_str());
    let [zone, site, room] = [time_zone.as_str(), site.as_str(), room.as_str()];
    format!("{} {} {zone} {site} {room} {examiner} {duration_minutes}", date.0, String::from(*time))
}

fn plans(list: &SessionList) -> Vec<String> {
    list.sessions.iter().map(|session| short(&session.plan)).collect()
}

fn places(list: &SessionList) -> Vec<Option<usize>> {
    list.plans.iter().map(|plan| plan.session).collect()
}

#[test]
fn lines_that_agree_in_date_time_site_and_room_are_one_session() {
    let list = read_lines(
        HEADING,
        &[
            "15/06/2026;9:00;Collège;12;Martin;Camille;14/03/2012;",
            "2026-06-15;09h00; COLLÈGE ;12;Bernard;Zoé;31/05/2012;33 %",
            "15/06/2026;14:00;Collège;12;Martin;Camille;14/03/2012;",
            "16/06/2026;9:00;Collège;12;Martin;Camille;14/03/2012;",
            "15/06/2026;9:00;Lycée;12;Martin;Camille;14/03/2012;",
            "15/06/2026;9:00;Collège;1.2;Martin;Camille;14/03/2012;",
        ],
    );
    assert_eq!(candidates(&list.people), [CAMILLE, ZOE, CAMILLE, CAMILLE, CAMILLE, CAMILLE], "who takes the test twice is no double");
    assert_eq!(places(&list), [0, 0, 1, 2, 3, 4].map(Some));
    assert_eq!(
        plans(&list),
        [
            "2026-06-15 09:00 Europe/Paris Collège 12 - 105",
            "2026-06-15 14:00 Europe/Paris Collège 12 - 105",
            "2026-06-16 09:00 Europe/Paris Collège 12 - 105",
            "2026-06-15 09:00 Europe/Paris Lycée 12 - 105",
            "2026-06-15 09:00 Europe/Paris Collège 1.2 - 105",
        ]
    );
    assert_eq!(list.sessions.iter().map(|session| session.line).collect::<Vec<_>>(), [2, 4, 5, 6, 7]);
    assert_eq!((list.people.missing, list.people.ignored, list.people.order), (vec![], vec![], None));
}

#[test]
fn columns_are_found_by_their_names() {
    for (heading, line) in [
        (
            "Surveillant;Durée (min);Fuseau horaire;Salle;Site;Heure;Date;Nom;Prénom;Date de naissance",
            "AED;60;Indian/Reunion;12;Collège;9:00;15/06/2026;Martin;Camille;14/03/2012",
        ),
        (
            "Last name;First name;Date of birth;Date;Time;Time zone;Site;Room;Examiner;Duration",
            "Martin;Camille;14/03/2012;15/06/2026;9:00;Indian/Reunion;Collège;12;AED;60",
        ),
        (
            "lastName;firstName;birthdate;date;time;timeZone;site;room;examiner;durationMinutes",
            "Martin;Camille;2012-03-14;2026-06-15;09:00;indian/reunion;Collège;12;AED;60",
        ),
        (
            "Établissement;Date;Heure;Site;Salle;Nom;Prénom;Né le;Examiner;Durée;Fuseau",
            "École;15/06/2026;9:00;Collège;12;Martin;Camille;14/03/2012;AED;60;Indian/Reunion",
        ),
        (
            "* Nom du site;* Nom de la salle;* Date de début (format: JJ/MM/AAAA);* Heure de début (heure locale format: HH:MM);* Surveillant(s);* Nom de naissance;* Prénom;* Date de naissance (format: JJ/MM/AAAA);Temps majoré ? (exemple format: 33%);Durée;Fuseau",
            "Collège;12;15/06/2026;09:00;AED;Martin;Camille;14/03/2012;;1h00;Indian/Reunion",
        ),
    ] {
        let list = read_lines(heading, &[line]);
        assert_eq!(plans(&list), ["2026-06-15 09:00 Indian/Reunion Collège 12 AED 60"], "{heading}");
        assert_eq!(candidates(&list.people), [CAMILLE], "{heading}");
        assert_eq!(list.people.missing, [], "{heading}");
        assert_eq!(list.people.ignored.len(), usize::from(heading.starts_with('É')), "{heading}");
    }
}

#[test]
fn a_line_without_a_candidate_says_that_there_is_a_session() {
    for (heading, line) in [("Date;Heure;Site;Salle", "15/06/2026;9:00;Collège;12"), (HEADING, "15/06/2026;9:00;Collège;12;;;;")] {
        let list = read_lines(heading, &[line]);
        assert_eq!(
            (plans(&list).len(), list.people.lines[0].candidate.clone(), findings(&list.people)),
            (1, None, vec![vec![]]),
            "{heading}"
        );
        assert_eq!(list.people.missing, [], "{heading}");
    }
    let list = read_lines("Date;Heure;Site;Salle;Réservation", &["15/06/2026;9:00;Collège;12;01/02/2012"]);
    assert_eq!((list.people.ignored, list.people.missing), (vec!["Réservation".to_owned()], vec![]), "another date is nobody's");
    assert_eq!(
        findings(&list_of_one("15/06/2026;9:00;Collège;12;Martin;;;")),
        [[(Some(Column::FirstName), Invalid::Required), (Some(Column::Birthdate), Invalid::Required)]]
    );
}

#[test]
fn candidates_whose_columns_nobody_knows_are_not_left_out_in_silence() {
    let list = read_lines("Date;Heure;Site;Salle;Les élèves;Classe", &["15/06/2026;9:00;Collège;12;Martin Camille;3A"]).people;
    assert_eq!(list.missing, [Column::LastName, Column::FirstName, Column::Birthdate]);
    assert_eq!(findings(&list)[0].len(), 3);
    for (heading, cells) in [("Nombre de candidats", "25"), ("Prénom du surveillant", "Paul")] {
        let list = read_lines(&format!("Date;Heure;Site;Salle;{heading}"), &[&format!("15/06/2026;9:00;Collège;12;{cells}")]).people;
        assert_eq!((findings(&list), list.missing), (vec![vec![]], vec![]), "{heading}");
    }
    let list = read_lines("Date;Heure;Site;Salle;Nom complet;Classe", &["15/06/2026;9:00;Collège;12;Martin Camille;3A"]).people;
    assert_eq!(findings(&list), [[(Some(Column::Birthdate), Invalid::Required)]]);
}

#[test]
fn what_stands_above_the_heading_says_nothing_of_a_session() {
    let list = read_lines("Sessions de juin", &[HEADING, "15/06/2026;9:00;Collège;12;Martin;Camille;14/03/2012;"]);
    assert_eq!((candidates(&list.people), plans(&list).len(), list.sessions[0].line), (vec![CAMILLE.map(str::to_owned)], 1, 3));
}

fn list_of_one(line: &str) -> ClassList {
    read_lines(HEADING, &[line]).people
}

#[test]
fn what_is_wrong_about_a_session_is_told_by_line_and_field() {
    use Column::{Date as Day, Duration, Examiner, Room, Site, Time, TimeZone};
    let date = |why| (Some(Day), Invalid::WrittenDate(why));
    for (line, expected) in [
        (";9:00;Collège;12;;;", vec![(Some(Day), Invalid::Required)]),
        ("31/06/2026;9:00;Collège;12;;;", vec![date(WrongDate::Day)]),
        ("15/06/26;9:00;Collège;12;;;", vec![date(WrongDate::Year)]),
        ("lundi;9:00;Collège;12;;;", vec![date(WrongDate::Shape)]),
        ("15/06/2026;;Collège;12;;;", vec![(Some(Time), Invalid::Required)]),
        ("15/06/2026;9;Collège;12;;;", vec![(Some(Time), Invalid::WrittenTime)]),
        ("29/03/2026;2:30;Collège;12;;;", vec![(Some(Time), Invalid::Time)]),
        ("15/06/2026;9:00;;;;;", vec![(Some(Site), Invalid::Required), (Some(Room), Invalid::Required)]),
        (&format!("15/06/2026;9:00;{};12;;;", "é".repeat(256)), vec![(Some(Site), Invalid::TooLong { max: 255 })]),
        ("15/06/2026;9:00;Collège;1\u{7}2;;;", vec![(Some(Room), Invalid::Other)]),
        ("15/06/2026;9:00;Collège;12;Paris;;", vec![(Some(TimeZone), Invalid::TimeZone)]),
        ("15/06/2026;9:00;Collège;12;;\u{200b};", vec![(Some(Examiner), Invalid::Other)]),
        ("15/06/2026;9:00;Collège;12;;;4", vec![(Some(Duration), Invalid::out_of_range(5, 720))]),
        (
            ";;;;;;x",
            vec![
                (Some(Day), Invalid::Required),
                (Some(Time), Invalid::Required),
                (Some(Site), Invalid::Required),
                (Some(Room), Invalid::Required),
                (Some(Duration), Invalid::out_of_range(5, 720)),
            ],
        ),
    ] {
        let list = read_lines(
            "Date;Heure;Site;Salle;Fuseau horaire;Surveillant;Durée;Nom;Prénom;Né le",
            &[&format!("{line};Martin;Camille;14/03/2012")],
        );
        assert_eq!(findings(&list.people), [expected], "{line}");
    }
    let list = read_lines("Nom;Prénom;Né le", &["Martin;Camille;14/03/2012"]);
    assert_eq!((&list.people.missing[..], list.sessions), (&[Day, Time, Site, Room][..], vec![]));
}

#[test]
fn a_session_whose_time_a_clock_change_skips_is_none() {
    let list = read_lines(HEADING, &["29/03/2026;2:30;Collège;12;;;;", "29/03/2026;3:30;Collège;12;;;;", "29/03/2026;2:30;collège;12;;;;"]);
    assert_eq!(places(&list), [None, Some(0), None]);
    assert_eq!(plans(&list), ["2026-03-29 03:30 Europe/Paris Collège 12 - 105"]);
    // In another zone that time exists.
    let text = format!("{HEADING}\n29/03/2026;2:30;Collège;12;;;;");
    let list = read_sessions(text.as_bytes(), Format::Text, None, &ZoneName::parse("Indian/Reunion").unwrap(), TODAY).unwrap();
    assert_eq!(plans(&list), ["2026-03-29 02:30 Indian/Reunion Collège 12 - 105"]);
}

#[test]
fn what_one_line_says_of_a_session_goes_for_all_and_no_line_may_say_otherwise() {
    let heading = "Date;Heure;Site;Salle;Fuseau horaire;Surveillant;Durée";
    let list = read_lines(
        heading,
        &[
            "15/06/2026;9:00;Collège;12;;;",
            "15/06/2026;9:00;Collège;12;;AED;",
            "15/06/2026;9:00;Collège;12;Indian/Reunion;AED;60",
            "15/06/2026;9:00;Collège;12;Europe/Paris;Roux;90",
        ],
    );
    assert_eq!(plans(&list), ["2026-06-15 09:00 Indian/Reunion Collège 12 AED 60"]);
    let otherwise = |column, line| (Some(column), Invalid::SaidOtherwise { line });
    assert_eq!(findings(&list.people)[3], [otherwise(Column::TimeZone, 4), otherwise(Column::Examiner, 3), otherwise(Column::Duration, 4)]);
    let [session] = &list.sessions[..] else { panic!() };
    let as_usual = read_lines(heading, &["15/06/2026;9:00;Collège;12;;;"]).sessions[0].clone();
    assert_eq!(session.differs_from(&as_usual.plan), [Column::TimeZone, Column::Examiner, Column::Duration]);
    assert_eq!(as_usual.differs_from(&session.plan), [], "what a list does not say it does not say otherwise");
}

#[test]
fn the_same_person_twice_in_a_session_is_found() {
    let list = read_lines(
        HEADING,
        &["15/06/2026;9:00;Collège;12;Martin;Camille;14/03/2012;", "15/06/2026;9:00;Collège;12;CAMILLE;martin;2012-03-14;"],
    );
    assert_eq!(findings(&list.people), [vec![], vec![(None, Invalid::Double { line: 2 })]]);
}

#[test]
fn there_are_no_more_sessions_than_are_created_in_time() {
    let lines: Vec<_> = (0..=MAX_SESSIONS).map(|n| format!("15/06/2026;9:00;Collège;{n};;;;")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).chain(["15/06/2026;9:00;Collège;0;;;;"]).collect();
    let list = read_lines(HEADING, &lines);
    let found = findings(&list.people);
    assert_eq!((list.sessions.len(), &found[MAX_SESSIONS]), (MAX_SESSIONS, &vec![(None, Invalid::TooManySessions { max: MAX_SESSIONS })]));
    assert_eq!(found.iter().filter(|findings| !findings.is_empty()).count(), 1);
}

#[test]
fn nothing_is_understood_of_a_heading_alone() {
    for text in ["", HEADING, "\n\n"] {
        assert_eq!(try_read_sessions(text), Err(Unreadable::Empty), "{text:?}");
    }
}

#[test]
fn dates_and_times_of_excels_are_read_as_they_show() {
    let mut book = Workbook::new();
    let [date, time, length] = ["dd/mm/yyyy", "hh:mm", "[h]:mm"].map(|format| Style::new().set_num_format(format));
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(["Date", "Heure", "Site", "Salle", "Durée", "Nom", "Prénom", "Né le"]) {
        sheet.write(0, column, heading).unwrap();
    }
    sheet.write_with_format(1, 0, ExcelDateTime::from_ymd(2026, 6, 15).unwrap(), &date).unwrap();
    sheet.write_with_format(1, 1, ExcelDateTime::from_hms(9, 5, 0).unwrap(), &time).unwrap();
    sheet.write(1, 2, "Collège").unwrap().write(1, 3, 12).unwrap();
    sheet.write_with_format(1, 4, ExcelDateTime::from_hms(1, 45, 0).unwrap(), &length).unwrap();
    sheet.write(1, 5, "Martin").unwrap().write(1, 6, "Camille").unwrap();
    sheet.write_with_format(1, 7, ExcelDateTime::from_ymd(2012, 3, 14).unwrap(), &date).unwrap();
    // The same once more: what is no whole number of minutes for a computer is one for people, and a day that does not show is none.
    sheet.write_with_format(2, 0, ExcelDateTime::from_ymd(2026, 6, 15).unwrap(), &date).unwrap();
    sheet.write_with_format(2, 1, 46_188.604_166_666_7, &time).unwrap();
    sheet.write(2, 2, "Collège").unwrap().write(2, 3, "12").unwrap();
    let list = read_sessions(&book.save_to_buffer().unwrap(), Format::Xlsx, None, &ZoneName::default(), TODAY).unwrap();
    assert_eq!(plans(&list), ["2026-06-15 09:05 Europe/Paris Collège 12 - 105", "2026-06-15 14:30 Europe/Paris Collège 12 - 105"]);
    assert_eq!(candidate(&list.people.lines[0]).unwrap(), CAMILLE);
}
