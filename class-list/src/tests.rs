use super::*;
use jiff::civil::date;
use shared::domain::{identity::Birthdate, invalid::WrongDate, name::fold};

mod sessions;
mod spreadsheets;
mod texts;

const TODAY: Date = date(2026, 11, 23);
const CAMILLE: [&str; 4] = ["Martin", "Camille", "2012-03-14", "0"];
const ZOE: [&str; 4] = ["Bernard", "Zoé", "2012-05-31", "33"];

fn try_read(text: &str) -> Result<ClassList, Unreadable> {
    read(text.as_bytes(), Format::Text, None, TODAY)
}

fn read_text(text: &str) -> ClassList {
    try_read(text).unwrap_or_else(|why| panic!("{why:?}: {text}"))
}

fn candidate(line: &Line) -> Option<[String; 4]> {
    let Enrolment { last_name, first_name, birthdate, extra_time_percent } = line.candidate.clone()?;
    Some([last_name.into(), first_name.into(), birthdate.0.to_string(), extra_time_percent.to_string()])
}

fn candidates(list: &ClassList) -> Vec<[String; 4]> {
    list.lines.iter().map(|line| candidate(line).unwrap_or_else(|| panic!("{line:?}"))).collect()
}

fn findings(list: &ClassList) -> Vec<Vec<(Option<Column>, Invalid)>> {
    list.lines.iter().map(|line| line.findings.iter().map(|finding| (finding.field, finding.invalid.clone())).collect()).collect()
}

fn orders<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let places = 0..items.len();
    let with_first = |index: usize| {
        let others: Vec<_> = items.iter().enumerate().filter(|(place, _)| *place != index).map(|(_, item)| item.clone()).collect();
        orders(&others).into_iter().map(move |others| [vec![items[index].clone()], others].concat())
    };
    places.flat_map(with_first).collect()
}

#[test]
fn columns_are_found_by_their_names_in_any_order() {
    for names in [
        ["Nom", "Prénom", "Date de naissance", "Tiers temps"],
        ["NOM DE FAMILLE", "PRENOM", "Né(e) le", "Temps majoré (%)"],
        ["nom", "prénoms", "né le", "tiers-temps"],
        ["Nom de naissance", "Prénom 1", "Naissance", "Majoration de temps"],
        ["Last name", "First name", "Date of birth", "Extra time"],
        ["surname", "given name", "birthdate", "extraTimePercent"],
    ] {
        let rows = [names, ["Martin", "Camille", "14/03/2012", ""], ["Bernard", "Zoé", "31/05/2012", "oui"]];
        for order in orders(&[0, 1, 2, 3]) {
            let text = rows.map(|row| order.iter().map(|index| row[*index]).collect::<Vec<_>>().join("\t")).join("\r\n");
            let list = read_text(&text);
            assert_eq!(candidates(&list), [CAMILLE, ZOE], "{text}");
            assert_eq!((list.missing, list.ignored, list.order), (vec![], vec![], None), "{text}");
        }
    }
}

#[test]
fn other_columns_are_left_out_and_named() {
    let list = read_text("N°;Classe;Nom;Prénom;Né(e) le;Sexe;\n1;3A;Martin;Camille;14/03/2012;F;\n2;3A;Bernard;Zoé;31/05/2012;F;");
    assert_eq!(list.ignored, ["N°", "Classe", "Sexe"]);
    assert_eq!(list.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(candidate(&list.lines[0]).unwrap(), CAMILLE);
    assert_eq!(read_text("Martin;Camille;14/03/2012;3A").ignored, ["n°\u{a0}4"]);
}

#[test]
fn of_columns_for_the_same_thing_the_one_with_the_best_name_counts() {
    for text in [
        "Nom;Nom d’usage;Prénom;Né le\nMartin;Durand;Camille;14/03/2012",
        "Nom d’usage;Nom de naissance;Prénom usuel;Prénom;Né le\nDurand;Martin;Cam;Camille;14/03/2012",
        "Nom (responsable légal);Prénom (responsable légal);Nom;Prénom;Né(e) le\nDurand;Paul;Martin;Camille;14/03/2012",
        "Nom;Nom;Prénom;Né le\nMartin;Durand;Camille;14/03/2012",
        "Nom d’usage;Nom de naissance (état civil);Prénom;Né le\nDurand;Martin;Camille;14/03/2012",
        "Nom de naissance;Nom;Prénom;Né le\n;Martin;Camille;14/03/2012",
    ] {
        assert_eq!(candidates(&read_text(text)), [CAMILLE], "{text}");
    }
}

#[test]
fn what_stands_above_the_heading_is_no_line() {
    for title in ["Classe de 3A\n", "Classe de 3A;;;\n\nLe 15/06/2026 à 9 h\n", "Collège;Jean Moulin;Paris\n"] {
        let list = read_text(&format!("{title}Sexe;Nom;Prénom;Né(e) le\nF;Martin;Camille;14/03/2012"));
        assert_eq!((candidates(&list), list.ignored), (vec![CAMILLE.map(str::to_owned)], vec!["Sexe".to_owned()]), "{title}");
    }
    let list = read_text("Bernard;Zoé;31/05/2012;33\nNom;Prénom;Né(e) le\nMartin;Camille;14/03/2012");
    assert_eq!(candidate(&list.lines[0]).unwrap(), ZOE, "nobody is left out");
}

#[test]
fn a_date_is_the_birth_date_where_no_other_column_is() {
    for text in [
        "Date;Nom;Prénom;Date de naissance\n01/09/2026;Martin;Camille;14/03/2012",
        "Nom;Prénom;Né(e) le;Date\nMartin;Camille;14/03/2012;01/09/2026",
        "Nom;Prénom;Date;Classe\nMartin;Camille;14/03/2012;3A",
        "Nom;Prénom;Date;Date de naissance de l'élève\nMartin;Camille;01/09/2026;14/03/2012",
        "Nom;Prénom;Date d'entrée;Anniversaire\nMartin;Camille;01/09/2023;14/03/2012",
        "Nom;Prénom;Naiss.;Admission\nMartin;Camille;14/03/2012;01/09/2023",
        "Nom;Prénom;Lieu de naissance;Anniversaire\nMartin;Camille;Lyon;14/03/2012",
        "Martin;Camille;14/03/2012;\nMartin;Zoé;31/05/2012;01/09/2023\nMartin;Awa;31/05/2012;",
        "Martin;Camille;14/03/2012\nBernard;Zoé;31 mai 2012\nDiop;Awa;2 janvier 2012",
    ] {
        let list = read_text(text);
        assert_eq!((candidate(&list.lines[0]).unwrap(), list.missing), (CAMILLE.map(str::to_owned), vec![]), "{text}");
    }
}

#[test]
fn dates_that_may_be_something_else_are_no_birth_dates() {
    for text in [
        "Nom;Prénom;Date d'entrée\nMartin;Camille;01/09/2023",
        "Nom;Prénom;Premier;Second\nMartin;Camille;01/09/2023;14/03/2012",
        "Martin;Camille;01/09/2023;14/03/2012",
        "Martin;Camille;14/03/2012;01/09/2023\nBernard;Zoé;31 mai 2012;01/09/2024",
    ] {
        assert_eq!(read_text(text).missing, [Column::Birthdate], "{text}");
    }
}

#[test]
fn a_date_column_with_an_unknown_name_is_found_by_its_dates() {
    let list = read_text("Nom;Prénom;Anniversaire\nMartin;Camille;14/03/2012");
    assert_eq!((candidates(&list), list.missing), (vec![CAMILLE.map(str::to_owned)], vec![]));
}

#[test]
fn a_column_that_is_missing_is_told() {
    assert_eq!(read_text("Nom;Date de naissance\nMartin;14/03/2012").missing, [Column::FirstName]);
    let list = read_text("Nom;Prénom\nMartin;Camille");
    assert_eq!(list.missing, [Column::Birthdate]);
    assert_eq!(findings(&list), [[(Some(Column::Birthdate), Invalid::Required)]]);
}

#[test]
fn without_names_columns_are_found_by_what_stands_in_them() {
    for text in [
        "Martin;Camille;14/03/2012;\nBernard;Zoé;31/05/2012;33 %",
        "14/03/2012;Martin;Camille;\n31/05/2012;Bernard;Zoé;33",
        "Martin;14/03/2012;Camille;\nBernard;31/05/2012;Zoé;x",
        "1;Martin;Camille;F;14/03/2012;\n2;Bernard;Zoé;F;31/05/2012;1/3",
        "F;Martin;Camille;14/03/2012;0\nM;Bernard;Zoé;31/05/2012;33",
        "Mme;a@example.org;Martin;Camille;14/03/2012;\nM.;b@example.org;Bernard;Zoé;31/05/2012;oui",
    ] {
        let list = read_text(text);
        assert_eq!(candidates(&list), [CAMILLE, ZOE], "{text}");
        assert_eq!(list.order, Some(NameOrder::LastFirst), "{text}");
    }
}

#[test]
fn the_name_in_capitals_is_the_family_name() {
    for (text, order) in [
        ("Camille;MARTIN;14/03/2012\nZoé;BERNARD;31/05/2012", NameOrder::FirstLast),
        ("MARTIN;Camille;14/03/2012", NameOrder::LastFirst),
        ("MARTIN;CAMILLE;14/03/2012", NameOrder::LastFirst),
    ] {
        assert_eq!(read_text(text).order, Some(order), "{text}");
    }
}

#[test]
fn the_order_of_names_can_be_told() {
    let list = read("Camille;Martin;14/03/2012".as_bytes(), Format::Text, Some(NameOrder::FirstLast), TODAY).unwrap();
    assert_eq!((candidates(&list), list.order), (vec![CAMILLE.map(str::to_owned)], Some(NameOrder::FirstLast)));
}

#[test]
fn a_class_or_a_number_in_the_list_is_no_extra_time() {
    assert_eq!(candidates(&read_text("1;Martin;Camille;14/03/2012;3A")), [CAMILLE]);
    assert_eq!(candidates(&read_text("Martin;Camille;14/03/2012;601")), [CAMILLE]);
    assert_eq!(candidates(&read_text("Martin;Camille;14/03/2012;13")), [CAMILLE]);
    assert_eq!(candidates(&read_text("Martin;Camille;14/03/2012;3A")), [CAMILLE]);
}

#[test]
fn what_is_wrong_with_a_line_is_told_field_by_field() {
    use Column::{Birthdate as Born, ExtraTime, FirstName, LastName};
    let wrong = |why| (Some(Born), Invalid::Birthdate(why));
    for (line, expected) in [
        (";Camille;14/03/2012", vec![(Some(LastName), Invalid::Required)]),
        ("Martin;;14/03/2012", vec![(Some(FirstName), Invalid::Required)]),
        ("Martin;Camille", vec![(Some(Born), Invalid::Required)]),
        ("Martin;Camille;31/02/2012", vec![wrong(WrongDate::Day)]),
        ("Martin;Camille;14/03/12", vec![wrong(WrongDate::Year)]),
        ("Martin;Camille;14 mars 2012", vec![wrong(WrongDate::Shape)]),
        ("Martin;Camille;14/03/1812", vec![wrong(WrongDate::Year)]),
        ("Martin;Camille;14/03/2012;201", vec![(Some(ExtraTime), Invalid::NotAPercentage)]),
        ("Martin;Camille;14/03/2012;beaucoup", vec![(Some(ExtraTime), Invalid::NotAPercentage)]),
        (&format!("{};Camille;14/03/2012", "é".repeat(256)), vec![(Some(LastName), Invalid::TooLong { max: 255 })]),
        (&format!("Martin;{};14/03/2012", "é".repeat(256)), vec![(Some(FirstName), Invalid::TooLong { max: 255 })]),
        ("Martin;--;14/03/2012", vec![(Some(FirstName), Invalid::NotAName)]),
        ("Martin;#N/A;14/03/2012", vec![(Some(FirstName), Invalid::NotAName)]),
        ("#VALEUR!;Camille;14/03/2012", vec![(Some(LastName), Invalid::NotAName)]),
        ("Mar\u{7}tin;Camille;14/03/2012", vec![(Some(LastName), Invalid::NotAName)]),
        ("Mar\u{200b}tin;Camille;14/03/2012", vec![(Some(LastName), Invalid::NotAName)]),
        (";;2012", vec![(Some(LastName), Invalid::Required), (Some(FirstName), Invalid::Required), wrong(WrongDate::Shape)]),
    ] {
        let list = read_text(&format!("Nom;Prénom;Né le;Tiers temps\n{line}"));
        assert_eq!(findings(&list), [expected], "{line}");
        assert_eq!(list.lines[0].candidate, None, "{line}");
    }
}

#[test]
fn as_many_as_255_characters_are_not_too_long_however_they_are_typed() {
    let list = read_text(&format!("Nom;Prénom;Né le\n{};{};14/03/2012", "e\u{301}".repeat(255), "é".repeat(255)));
    assert_eq!(findings(&list), [[]]);
}

#[test]
fn the_same_person_twice_is_found_however_written() {
    let list = read_text(
        "Martin;Camille;14/03/2012\nBernard;Zoé;31/05/2012\n\nCAMILLE;martin;2012-03-14\nMartin;Camille;15/03/2012;33\nMartin;Camille;14032012;500 %",
    );
    let double = (None, Invalid::Double { line: 1 });
    assert_eq!(
        findings(&list),
        [vec![], vec![], vec![double.clone()], vec![], vec![(Some(Column::ExtraTime), Invalid::NotAPercentage), double]]
    );
    assert_eq!(list.lines[2].line, 4);
}

#[test]
fn nothing_is_understood_of_nothing() {
    for text in ["", "\u{feff}", "\r\n\t\t\r\n", "Nom;Prénom;Date de naissance"] {
        assert_eq!(try_read(text), Err(Unreadable::Empty), "{text:?}");
    }
}

#[test]
fn every_line_of_a_list_keeps_its_place_in_the_text() {
    let lines: Vec<_> = (0..300).map(|n| format!("Nom{n}\tPrénom{n}\t14/03/2012\t\t\r\n")).collect();
    let list = read_text(&format!("\u{feff}Nom\tPrénom\tNé(e) le\r\n{}", lines.join("\r\n")));
    assert_eq!(list.lines.len(), 300);
    for (n, line) in (0..).zip(&list.lines) {
        assert_eq!(
            (line.line, line.written.last_name.as_str(), line.findings.as_slice()),
            (2 + 2 * n, format!("Nom{n}").as_str(), &[][..])
        );
    }
}

#[test]
fn a_percentage_that_cant_be_read_does_not_make_the_others_go_unseen() {
    let list = read_text("Martin;Camille;14/03/2012;beaucoup\nBernard;Zoé;31/05/2012;33 %");
    assert_eq!(findings(&list), [vec![(Some(Column::ExtraTime), Invalid::NotAPercentage)], vec![]]);
    assert_eq!(candidate(&list.lines[1]).unwrap(), ZOE);
}

#[test]
fn names_in_one_column_are_told_apart() {
    for text in [
        "Élève\tNé(e) le\tClasse\nMARTIN Camille\t14/03/2012\t3A\nBERNARD Zoé\t31/05/2012\t3A",
        "Nom Prénom;Date de naissance\nCamille MARTIN;14/03/2012\nBERNARD Zoé;31/05/2012",
        "1\tMartin Camille\t14/03/2012\n2\tBernard Zoé\t31/05/2012",
        "MARTIN Camille\tM\t14/03/2012\nBERNARD Zoé\tF\t31/05/2012",
    ] {
        let list = read_text(text);
        let names: Vec<_> = candidates(&list).into_iter().map(|[last, first, ..]| [fold(&last), first]).collect();
        assert_eq!(names, [["martin", "Camille"], ["bernard", "Zoé"]], "{text}");
        assert_eq!((list.missing, list.order), (vec![], Some(NameOrder::LastFirst)), "{text}");
    }
}

#[test]
fn the_family_name_is_found_in_a_whole_one() {
    for (whole, last, first) in [
        ("MARTIN Camille", "MARTIN", "Camille"),
        ("Camille MARTIN", "MARTIN", "Camille"),
        ("DA SILVA Maria", "DA SILVA", "Maria"),
        ("de VILLIERS Paul", "de VILLIERS", "Paul"),
        ("Jean-Paul de VILLIERS", "de VILLIERS", "Jean-Paul"),
        ("Mc DONALD Ryan", "Mc DONALD", "Ryan"),
        ("Jeanne d’ARC", "d’ARC", "Jeanne"),
        ("Martin, Camille", "Martin", "Camille"),
        ("Martin Camille", "Martin", "Camille"),
        ("Martin Jean A.", "Martin Jean A.", ""),
        ("MARTIN DUPONT", "MARTIN", "DUPONT"),
        ("camille MARTIN", "MARTIN", "camille"),
        ("jean de VILLIERS", "de VILLIERS", "jean"),
        ("de VILLIERS", "de VILLIERS", ""),
    ] {
        let written = &read_text(&format!("Élève;Né(e) le\n{whole};14/03/2012")).lines[0].written;
        assert_eq!([written.last_name.as_str(), &written.first_name], [last, first], "{whole}");
    }
}

#[test]
fn a_heading_for_both_names_says_which_comes_first() {
    for heading in ["Prénom Nom", "Full name", "Name"] {
        assert_eq!(candidates(&read_text(&format!("{heading};Né(e) le\nCamille Martin;14/03/2012"))), [CAMILLE], "{heading}");
    }
}

#[test]
fn a_long_name_that_nothing_tells_apart_has_to_be_told() {
    assert_eq!(findings(&read_text("1;Da Silva Maria;14/03/2012")), [[(Some(Column::FirstName), Invalid::Required)]]);
}

#[test]
fn one_heading_above_dates_makes_a_heading() {
    let list = read_text("Qui;Né le;Classe\nMartin;14/03/2012;3A");
    assert_eq!((list.missing, list.ignored), (vec![Column::LastName, Column::FirstName], vec!["Qui".to_owned(), "Classe".to_owned()]));
}

#[test]
fn what_may_be_extra_time_is_not_left_out_in_silence() {
    for (text, suspect) in [
        ("Nom;Prénom;Né le;Aménagement\nMartin;Camille;14/03/2012;ordinateur", vec!["Aménagement"]),
        ("Nom;Prénom;Né le;Remarque\nMartin;Camille;14/03/2012;tiers temps", vec!["Remarque"]),
        ("Nom;Prénom;Né le;Remarque\nMartin;Camille;14/03/2012;1/3 de plus", vec!["Remarque"]),
        ("Nom;Prénom;Né le;Classe\nMartin;Camille;14/03/2012;3A", vec![]),
        ("Nom;Prénom;Né le;Redoublant\nMartin;Camille;14/03/2012;oui", vec![]),
        ("Nom;Prénom;Né le;Absences\nMartin;Camille;14/03/2012;0", vec![]),
        ("Martin;Camille;14/03/2012;\nBernard;Zoé;31/05/2012;50", vec!["n°\u{a0}4"]),
        ("Nom;Prénom;Né le;Inscription;Emploi du temps\nMartin;Camille;14/03/2012;11/3/2024;plein", vec![]),
    ] {
        assert_eq!(read_text(text).suspect, suspect, "{text}");
    }
}

#[test]
fn extra_time_is_read_as_it_is_written() {
    for (text, percent) in [
        ("", 0),
        ("0", 0),
        ("-", 0),
        ("—", 0),
        ("non", 0),
        ("Non", 0),
        ("No", 0),
        ("33", 33),
        ("33%", 33),
        ("33 %", 33),
        ("+33 %", 33),
        ("50", 50),
        ("5", 5),
        ("1 %", 1),
        ("200", 200),
        ("201", 201),
        ("1/3", 33),
        ("oui", 33),
        ("OUI", 33),
        ("x", 33),
        ("X", 33),
        ("yes", 33),
        ("tiers temps", 33),
        ("Tiers-temps", 33),
    ] {
        assert_eq!(entry::read_extra_time(text), Some(percent), "{text}");
    }
    for text in ["33,3", "33.3 %", "-5", "beaucoup", "??", "6B", "1/2", "12345", "1", "4"] {
        assert_eq!(entry::read_extra_time(text), None, "{text}");
    }
}

#[test]
fn a_birthdate_is_read_as_it_is_written() {
    for text in ["31/05/2012", "31 05 2012", "31.5.2012", "31-5-2012", " 31 / 05 / 2012 ", "31052012", "2012-05-31", "2012/5/31"] {
        assert_eq!(entry::read_birthdate(text, TODAY), Ok(Birthdate(date(2012, 5, 31))), "{text}");
    }
    for (text, why) in [
        ("31/05", WrongDate::Shape),
        ("31 mai 2012", WrongDate::Shape),
        ("3152012", WrongDate::Shape),
        ("31/05/12", WrongDate::Year),
        ("31/05/20122", WrongDate::Year),
        ("31/05/2062", WrongDate::Year),
        ("24/11/2026", WrongDate::Year),
        ("31/05/0012", WrongDate::Year),
        ("31/06/2012", WrongDate::Day),
        ("31/12/1899", WrongDate::Year),
        ("30/02/2012", WrongDate::Day),
        ("05/31/2012", WrongDate::Day),
        ("00/05/2012", WrongDate::Day),
        ("29/02/2013", WrongDate::Day),
    ] {
        assert_eq!(entry::read_birthdate(text, TODAY), Err(Invalid::Birthdate(why)), "{text}");
    }
    assert_eq!(entry::read_birthdate("29/02/2012", TODAY), Ok(Birthdate(date(2012, 2, 29))));
    assert_eq!(entry::read_birthdate("23/11/2026", TODAY), Ok(Birthdate(TODAY)));
}

#[test]
fn every_day_of_a_leap_year_and_of_another_is_read_in_each_form() {
    let mut day = date(2011, 1, 1);
    while day.year() < 2013 {
        for form in ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%-d/%-m/%Y"] {
            assert_eq!(entry::read_birthdate(&day.strftime(form).to_string(), TODAY), Ok(Birthdate(day)), "{day} {form}");
        }
        day = day.tomorrow().unwrap();
    }
}

#[test]
fn a_list_is_known_by_its_media_type() {
    for (media_type, format) in [
        ("text/csv", Some(Format::Text)),
        ("application/csv", Some(Format::Text)),
        ("Text/CSV; charset=utf-8; header=present", Some(Format::Text)),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Some(Format::Xlsx)),
        ("application/vnd.oasis.opendocument.spreadsheet", Some(Format::Ods)),
        ("application/vnd.ms-excel", None),
        ("application/json", None),
        ("", None),
    ] {
        assert_eq!(Format::of(media_type), format, "{media_type}");
    }
}
