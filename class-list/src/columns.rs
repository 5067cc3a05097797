//! Which column of a class list is what: by its heading, or by what stands in it.

use crate::{
    Column, NameOrder, Row,
    entry::{looks_like_date, read_extra_time},
};
use shared::domain::{name::fold, session::EXTRA_TIME_PERCENT};

/// Where the columns of a class list are.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) last_name: Option<usize>,
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

/// What the columns may be called, accents, case and punctuation aside.
const LAST_NAMES: &[&str] = &[
    "nom",
    "noms",
    "nomdefamille",
    "nomfamille",
    "nomdenaissance",
    "nomusuel",
    "nomdusage",
    "nomeleve",
    "nomdeleleve",
    "nomcandidat",
    "nomducandidat",
    "lastname",
    "familyname",
    "surname",
];
const FIRST_NAMES: &[&str] = &[
    "prenom",
    "prenoms",
    "prenom1",
    "prenomusuel",
    "premierprenom",
    "prenomeleve",
    "prenomdeleleve",
    "prenomcandidat",
    "prenomducandidat",
    "firstname",
    "givenname",
    "givennames",
    "forename",
];
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
    "prenomnom",
    "prenometnom",
    "name",
    "fullname",
    "student",
    "pupil",
    "candidate",
];
/// The birth date, if no other column is: it may be the day on which somebody came to the school.
const ANY_DATE: &str = "date";
/// What a column is called whose cells say something about extra time that is not read.
const LIKE_EXTRA_TIME: [&str; 7] = ["tierstemps", "tempsmaj", "tempssup", "tempsadd", "amenagement", "extratime", "additionaltime"];

impl Places {
    /// By the headings in a row.
    fn named_in(row: &Row) -> Self {
        let mut at = Self::default();
        for (index, cell) in row.cells.iter().enumerate() {
            let names = [
                (LAST_NAMES, &mut at.last_name),
                (FIRST_NAMES, &mut at.first_name),
                (BIRTHDATES, &mut at.birthdate),
                (EXTRA_TIMES, &mut at.extra_time),
                (FULL_NAMES, &mut at.full_name),
            ];
            put(index, cell, names);
        }
        at.birthdate = at.birthdate.or_else(|| row.cells.iter().position(|cell| fold(cell) == ANY_DATE));
        at
    }

    fn taken(&self) -> Vec<usize> {
        [self.last_name, self.first_name, self.birthdate, self.extra_time, self.full_name].into_iter().flatten().collect()
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

/// Notes the place of a column that has one of these names, unless another one has it before.
pub(crate) fn put<const N: usize>(index: usize, heading: &str, names: [(&[&str], &mut Option<usize>); N]) {
    // What stands in brackets often says how to fill the column in: `Date de naissance (JJ/MM/AAAA)`.
    let readings = [fold(heading), fold(heading.split('(').next().unwrap_or_default())];
    let reading = readings.iter().find(|reading| names.iter().any(|(names, _)| names.contains(&reading.as_str())));
    let Some(reading) = reading else { return };
    if let Some((_, place)) = names.into_iter().find(|(names, _)| names.contains(&reading.as_str())) {
        place.get_or_insert(index);
    }
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
        at.birthdate = at.birthdate.or_else(|| date_column(others, &at.taken()));
    }
    let order = at.full_name.map(|whole| wanted.unwrap_or_else(|| order_of(first.cell(whole))));
    Columns { at, named: true, order }
}

/// Two headings are enough, or one above dates without a date beside it.
fn is_heading(first: &Row, others: &[Row], at: &Places) -> bool {
    let has_date = |row: &Row| row.cells.iter().any(|cell| looks_like_date(cell));
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
    let date = date_column(rows, &[]);
    let mut words = columns_where(rows, |cells| 2 * cells.iter().filter(|cell| is_word(cell)).count() > cells.len())
        .filter(|index| Some(*index) != date);
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
    Columns { at: Places { last_name, first_name, birthdate: date, extra_time, full_name: whole }, named: false, order: Some(order) }
}

fn is_word(cell: &str) -> bool {
    cell.chars().any(char::is_alphabetic) && !cell.contains(|c: char| c.is_ascii_digit()) && read_extra_time(cell).is_none()
}

/// Numbers too high for extra time are something else, such as classes; a `%` never is.
fn looks_like_percentages(cells: &[&str]) -> bool {
    let is_allowed = |cell: &&&str| read_extra_time(cell).is_some_and(|percent| EXTRA_TIME_PERCENT.contains(&percent));
    cells.iter().any(|cell| cell.ends_with('%')) || 2 * cells.iter().filter(is_allowed).count() >= cells.len()
}

/// As in French class lists, unless the second name alone is in capitals.
fn guess_order(rows: &[Row], one: Option<usize>, other: Option<usize>) -> NameOrder {
    let is_in_capitals = |index: Option<usize>| {
        let cells = index.map(|index| in_column(rows, index)).unwrap_or_default();
        2 * cells.iter().filter(|cell| ***cell == cell.to_uppercase()).count() > cells.len()
    };
    if is_in_capitals(other) && !is_in_capitals(one) { NameOrder::FirstLast } else { NameOrder::LastFirst }
}

/// The column with the most dates in it.
fn date_column(rows: &[Row], taken: &[usize]) -> Option<usize> {
    let dates = |index: &usize| in_column(rows, *index).iter().filter(|cell| looks_like_date(cell)).count();
    let with_dates = columns_where(rows, |cells| cells.iter().any(|cell| looks_like_date(cell))).filter(|index| !taken.contains(index));
    // Of several that have as many, the first.
    with_dates.rev().max_by_key(dates)
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
        let name = fold(&self.name);
        LIKE_EXTRA_TIME.iter().any(|like| name.contains(like)) || self.cells.iter().any(|cell| says_extra_time(cell))
    }
}

/// Whether a cell says something like « tiers temps », `1/3` (not as a part of a date) or `33 %`.
fn says_extra_time(cell: &str) -> bool {
    let is_third = |(at, _): (usize, &str)| {
        let (before, after) = (cell.get(..at).unwrap_or_default(), cell.get(at + 3..).unwrap_or_default());
        !before.ends_with(|c: char| c.is_ascii_digit()) && !after.starts_with(|c: char| c.is_ascii_digit() || c == '/')
    };
    cell.contains('%') || cell.to_lowercase().contains("tiers") || cell.match_indices("1/3").any(is_third)
}
