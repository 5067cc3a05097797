//! Which column of a class list is what: by its heading, or by what stands in it.

use crate::{
    Column, NameOrder, Row,
    entry::{A_THIRD, looks_like_date, read_extra_time},
    has_date,
};
use shared::domain::name::fold;

/// Where the columns of a class list are.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) last_name: Option<usize>,
    /// Of another name, for whom that one is not said.
    pub(crate) other_last_name: Option<usize>,
    pub(crate) first_name: Option<usize>,
    pub(crate) birthdate: Option<usize>,
    pub(crate) extra_time: Option<usize>,
    /// Of both names in one.
    pub(crate) full_name: Option<usize>,
}

pub(crate) struct Columns {
    pub(crate) at: Places,
    /// The first row names them.
    pub(crate) named: bool,
    /// How the names were told apart, where the first row does not say.
    pub(crate) order: Option<NameOrder>,
}

/// A column that is not read.
pub(crate) struct Ignored<'a> {
    pub(crate) name: String,
    cells: Vec<&'a str>,
}

/// What the columns may be called, accents, case and punctuation aside. Who joins a session gives the name that they were born with:
/// it counts rather than others that a list has, where it says it.
const BIRTH_NAMES: &[&str] = &["nomdenaissance", "nomdefamille", "nomfamille"];
const LAST_NAMES: &[&str] =
    &["nomeleve", "nomdeleleve", "nomcandidat", "nomducandidat", "nom", "noms", "lastname", "familyname", "surname"];
const USUAL_LAST_NAMES: &[&str] = &["nomusuel", "nomdusage"];
const FIRST_NAMES: &[&str] = &[
    "prenomeleve",
    "prenomdeleleve",
    "prenomcandidat",
    "prenomducandidat",
    "prenom",
    "prenoms",
    "prenom1",
    "premierprenom",
    "firstname",
    "givenname",
    "givennames",
    "forename",
];
const USUAL_FIRST_NAMES: &[&str] = &["prenomusuel"];
const BIRTHDATES: &[&str] = &[
    "datedenaissance",
    "datenaissance",
    "datenaiss",
    "datedenaiss",
    "naissance",
    "ne",
    "nee",
    "nele",
    "neele",
    "neelele",
    "neoule",
    "neounee",
    "neouneele",
    "ddn",
    "birthdate",
    "dateofbirth",
    "birthday",
    "dob",
    "born",
    "bornon",
];
const EXTRA_TIMES: &[&str] = &[
    "tierstemps",
    "tempsmajore",
    "tempssupplementaire",
    "tempsadditionnel",
    "majoration",
    "majorationdetemps",
    "majorationdutemps",
    "extratime",
    "extratimepercent",
    "additionaltime",
];
const FULL_NAMES: &[&str] = &[
    "eleve",
    "eleves",
    "candidat",
    "candidats",
    "nomprenom",
    "nomprenoms",
    "nometprenom",
    "nometprenoms",
    "nomsprenoms",
    "nomsetprenoms",
    "nomcomplet",
    "identite",
    "prenomnom",
    "prenometnom",
    "name",
    "fullname",
    "student",
    "pupil",
    "candidate",
];
/// What stands in the name of a column of birth dates, without anything that is no date …
const LIKE_BIRTHDATES: [&str; 3] = ["naiss", "birthdate", "dateofbirth"];
const NO_DATES: [&str; 8] = ["nom", "lieu", "commune", "ville", "dep", "pays", "code", "insee"];
/// … the birth date, if no other column is …
const ANY_DATE: &str = "date";
/// … and what stands in the name of a column of other dates.
const LIKE_OTHER_DATES: [&str; 8] = ["entree", "sortie", "arrivee", "depart", "inscription", "rentree", "debut", "modif"];
/// What a column may be full of that is no name.
const TITLES: [&str; 15] =
    ["f", "m", "g", "h", "fille", "garcon", "feminin", "masculin", "female", "male", "mr", "mme", "mlle", "monsieur", "madame"];
/// What stands in the name of a column about candidates, whatever else does.
const LIKE_CANDIDATES: [&str; 4] = ["prenom", "eleve", "candidat", "naiss"];
/// Who is no candidate, in the name of a column.
const OTHERS: [&str; 8] = ["responsable", "legal", "parent", "mere", "pere", "tuteur", "surveillant", "examinateur"];
/// What extra time is as a rule, in percent.
const USUAL_EXTRA_TIMES: [u32; 5] = [0, A_THIRD, 50, 66, 100];
/// What a column is called whose cells say something about extra time that is not read.
const LIKE_EXTRA_TIME: [&str; 7] = ["tierstemps", "tempsmaj", "tempssup", "tempsadd", "amenagement", "extratime", "additionaltime"];

impl Places {
    /// By the headings in a row.
    pub(crate) fn named_in(row: &Row) -> Self {
        let [birth_name, last_name, usual_last_name, first_name, usual_first_name, birthdate, extra_time, full_name] =
            places(row, [BIRTH_NAMES, LAST_NAMES, USUAL_LAST_NAMES, FIRST_NAMES, USUAL_FIRST_NAMES, BIRTHDATES, EXTRA_TIMES, FULL_NAMES]);
        let mut last_names = [birth_name, last_name, usual_last_name].into_iter().flatten();
        let (last_name, other_last_name) = (last_names.next(), last_names.next());
        let first_name = first_name.or(usual_first_name);
        let position = |holds: fn(&str) -> bool| row.cells.iter().position(|cell| holds(&fold(cell)));
        let birthdate = birthdate.or_else(|| position(|heading| has_any(heading, &LIKE_BIRTHDATES) && !has_any(heading, &NO_DATES)));
        let birthdate = birthdate.or_else(|| position(|heading| heading == ANY_DATE));
        Self { last_name, other_last_name, first_name, birthdate, extra_time, full_name }
    }

    pub(crate) fn taken(&self) -> Vec<usize> {
        [self.last_name, self.other_last_name, self.first_name, self.birthdate, self.extra_time, self.full_name]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Whether nothing about candidates was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken().is_empty()
    }

    /// What every list needs and this one lacks.
    pub(crate) fn missing(&self) -> Vec<Column> {
        let names = [(Column::LastName, self.last_name), (Column::FirstName, self.first_name)];
        let names = names.into_iter().filter(|_| self.full_name.is_none());
        names.chain([(Column::Birthdate, self.birthdate)]).filter(|(_, place)| place.is_none()).map(|(column, _)| column).collect()
    }
}

/// Which column is called one of these, for each list of names: by the name that stands first in the list, and rather as it stands
/// than with a remark in brackets, which often says how to fill the column in, `Date de naissance (JJ/MM/AAAA)`, or whose it is.
pub(crate) fn places<const N: usize>(headings: &Row, names: [&[&str]; N]) -> [Option<usize>; N] {
    let readings = headings.cells.iter().map(|heading| {
        let [whole, short] = [fold(heading), fold(heading.split('(').next().unwrap_or_default())];
        let is_whole = names.iter().any(|names| names.contains(&whole.as_str())) || has_any(&whole, &OTHERS);
        if is_whole { (false, whole) } else { (true, short) }
    });
    let readings: Vec<_> = readings.collect();
    names.map(|names| {
        let ranked = readings.iter().enumerate().filter_map(|(index, (is_short, reading))| {
            let rank = names.iter().position(|name| name == reading)?;
            Some((is_short, rank, index))
        });
        ranked.min().map(|(.., index)| index)
    })
}

/// Finds the columns by their headings in the first row, or by what stands in them.
pub(crate) fn find(rows: &[Row], wanted: Option<NameOrder>) -> Columns {
    let Some((first, others)) = rows.split_first() else { return Columns { at: Places::default(), named: false, order: wanted } };
    let at = Places::named_in(first);
    if is_heading(first, others, &at) { named(first, others, at, wanted) } else { by_content(rows, wanted) }
}

/// Finds the columns by their headings in the first row, which has such of something else, too.
pub(crate) fn find_named(rows: &[Row], wanted: Option<NameOrder>) -> Columns {
    match rows {
        [first, others @ ..] => named(first, others, Places::named_in(first), wanted),
        [] => find(rows, wanted),
    }
}

fn named(first: &Row, others: &[Row], mut at: Places, wanted: Option<NameOrder>) -> Columns {
    if at.last_name.or(at.first_name).is_some() {
        at.full_name = None;
    }
    if !at.is_empty() {
        let is_other = |index: usize| has_any(&fold(first.cell(index)), &LIKE_OTHER_DATES);
        at.birthdate = at.birthdate.or_else(|| date_column(others, |index| !at.taken().contains(&index) && !is_other(index)));
    }
    let order = at.full_name.map(|whole| wanted.unwrap_or_else(|| order_of(first.cell(whole))));
    Columns { at, named: true, order }
}

/// Two headings are enough, or one above dates without a date beside it.
fn is_heading(first: &Row, others: &[Row], at: &Places) -> bool {
    match at.taken().len() {
        0 => false,
        1 => !has_date(first) && others.iter().any(has_date),
        _ => true,
    }
}

/// Which name comes first below a heading for both.
fn order_of(heading: &str) -> NameOrder {
    let heading = fold(heading);
    let begins = ["prenom", "name", "fullname", "student", "pupil"].iter().any(|start| heading.starts_with(start));
    if begins || heading == "candidate" { NameOrder::FirstLast } else { NameOrder::LastFirst }
}

fn by_content(rows: &[Row], wanted: Option<NameOrder>) -> Columns {
    let date = date_column(rows, |_| true);
    let are_words = |cells: &[&str]| 2 * cells.iter().filter(|cell| is_word(cell)).count() > cells.len();
    let are_titles = |cells: &[&str]| cells.iter().all(|cell| TITLES.contains(&fold(cell).as_str()));
    let mut words = columns_where(rows, |cells| are_words(cells) && !are_titles(cells)).filter(|index| Some(*index) != date);
    let (one, other) = (words.next(), words.next());
    let order = wanted.unwrap_or_else(|| guess_order(rows, one, other));
    // What stands before the names are their numbers in the list.
    let last_of_names = other.or(one);
    let extra_time =
        columns_where(rows, looks_like_percentages).find(|index| Some(*index) != date && last_of_names.is_none_or(|name| *index > name));
    let whole = one.filter(|one| other.is_none() && in_column(rows, *one).iter().all(|cell| cell.contains(' ')));
    let (last_name, first_name) = match (whole, order) {
        (Some(_), _) => (None, None),
        (None, NameOrder::LastFirst) => (one, other),
        (None, NameOrder::FirstLast) => (other, one),
    };
    let at = Places { last_name, first_name, birthdate: date, extra_time, full_name: whole, other_last_name: None };
    Columns { at, named: false, order: Some(order) }
}

fn is_word(cell: &str) -> bool {
    cell.chars().any(char::is_alphabetic) && !cell.contains(|c: char| c.is_ascii_digit() || c == '@') && read_extra_time(cell).is_none()
}

/// Most other numbers are something else, such as ages or classes; a `%` never is.
fn looks_like_percentages(cells: &[&str]) -> bool {
    let is_usual = |cell: &&&str| read_extra_time(cell).is_some_and(|percent| [0, A_THIRD].contains(&percent));
    cells.iter().any(|cell| cell.ends_with('%')) || 2 * cells.iter().filter(is_usual).count() >= cells.len()
}

/// As in French class lists, unless the second name alone is in capitals.
fn guess_order(rows: &[Row], one: Option<usize>, other: Option<usize>) -> NameOrder {
    let is_in_capitals = |index: Option<usize>| {
        let cells = index.map(|index| in_column(rows, index)).unwrap_or_default();
        2 * cells.iter().filter(|cell| ***cell == cell.to_uppercase()).count() > cells.len()
    };
    if is_in_capitals(other) && !is_in_capitals(one) { NameOrder::FirstLast } else { NameOrder::LastFirst }
}

/// The column of these that has a date in most rows, or the only one with any. Of two such none can be told to be the birth dates.
fn date_column(rows: &[Row], may_be: impl Fn(usize) -> bool) -> Option<usize> {
    let dates = |index: usize| in_column(rows, index).iter().filter(|cell| looks_like_date(cell)).count();
    let with_dates: Vec<_> =
        (0..width(rows)).filter(|index| may_be(*index)).map(|index| (dates(index), index)).filter(|(dates, _)| *dates > 0).collect();
    let mostly: Vec<_> = with_dates.iter().copied().filter(|(dates, _)| 2 * dates >= rows.len()).collect();
    match (mostly.as_slice(), with_dates.as_slice()) {
        ([(_, index)], _) | ([], [(_, index)]) => Some(*index),
        _ => None,
    }
}

/// The columns that are not empty, of whose cells this holds.
fn columns_where(rows: &[Row], holds: impl Fn(&[&str]) -> bool) -> impl DoubleEndedIterator<Item = usize> {
    (0..width(rows)).filter(move |index| {
        let cells = in_column(rows, *index);
        !cells.is_empty() && holds(&cells)
    })
}

/// What stands in a column, empty cells aside.
fn in_column(rows: &[Row], index: usize) -> Vec<&str> {
    rows.iter().map(|row| row.cell(index)).filter(|cell| !cell.is_empty()).collect()
}

fn width(rows: &[Row]) -> usize {
    rows.iter().map(|row| row.cells.len()).max().unwrap_or_default()
}

/// The columns that are not empty, and mean nothing here.
pub(crate) fn ignored<'a>(rows: &'a [Row], heading: Option<&Row>, at: &Places) -> Vec<Ignored<'a>> {
    let taken = at.taken();
    (0..width(rows))
        .filter(|index| !taken.contains(index))
        .map(|index| {
            let name = heading.map_or("", |heading| heading.cell(index));
            let name = if name.is_empty() { format!("n°\u{a0}{}", index + 1) } else { name.to_owned() };
            Ignored { name, cells: in_column(rows, index) }
        })
        .filter(|column| !column.cells.is_empty())
        .collect()
}

impl Ignored<'_> {
    pub(crate) fn looks_like_extra_time(&self) -> bool {
        let percents: Option<Vec<u32>> = self.cells.iter().map(|cell| cell.parse().ok()).collect();
        let are_usual = percents.is_some_and(|percents| {
            percents.iter().all(|percent| USUAL_EXTRA_TIMES.contains(percent)) && percents.iter().any(|percent| *percent > 0)
        });
        are_usual || has_any(&fold(&self.name), &LIKE_EXTRA_TIME) || self.cells.iter().any(|cell| says_extra_time(cell))
    }

    pub(crate) fn looks_like_candidates(&self) -> bool {
        let name = fold(&self.name);
        has_any(&name, &LIKE_CANDIDATES) && !has_any(&name, &OTHERS) && self.cells.iter().any(|cell| is_word(cell))
    }
}

fn has_any(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text.contains(part))
}

/// Whether a cell says something like « tiers temps », `1/3` (not as a part of a date) or `33 %`.
fn says_extra_time(cell: &str) -> bool {
    let is_third = |(at, _): (usize, &str)| {
        let (before, after) = (cell.get(..at).unwrap_or_default(), cell.get(at + 3..).unwrap_or_default());
        !before.ends_with(|c: char| c.is_ascii_digit()) && !after.starts_with(|c: char| c.is_ascii_digit() || c == '/')
    };
    cell.contains('%') || cell.to_lowercase().contains("tiers") || cell.match_indices("1/3").any(is_third)
}
