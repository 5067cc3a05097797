//! Two names in one cell.

use crate::NameOrder;

/// The family name, and the given one: of `Martin, Camille`; of `MARTIN Camille`, by its capitals; of `Martin Camille`, by the
/// order. What nothing tells apart is left whole.
pub(crate) fn split(whole: &str, order: Option<NameOrder>) -> (String, String) {
    if let Some((last, first)) = whole.split_once(',').filter(|(_, first)| !first.contains(',')) {
        let (last, first) = (last.trim_end(), first.trim_start());
        if !first.is_empty() {
            return (last.to_owned(), first.to_owned());
        }
    }
    let words: Vec<_> = whole.split(' ').collect();
    if let Some(names) = by_capitals(&words) {
        return names;
    }
    match (words.as_slice(), order) {
        ([first, last], Some(NameOrder::FirstLast)) | ([last, first], _) => ((*last).to_owned(), (*first).to_owned()),
        _ => (whole.to_owned(), String::new()),
    }
}

/// By the one run of words in capitals, at the beginning or the end, and the particles before it.
fn by_capitals(words: &[&str]) -> Option<(String, String)> {
    let from = words.iter().position(|word| is_in_capitals(word))?;
    let to = words.iter().rposition(|word| is_in_capitals(word))? + 1;
    let (before, rest) = words.split_at_checked(from)?;
    let (run, after) = rest.split_at_checked(to - from)?;
    let particles = before.iter().rev().take_while(|word| is_particle(word)).count();
    let (before, particles) = before.split_at_checked(before.len() - particles)?;
    let is_one_run = run.iter().all(|word| is_in_capitals(word));
    if before.is_empty() && after.is_empty() && !particles.is_empty() && is_one_run {
        // `jean de VILLIERS`; of `de VILLIERS` the given name is missing.
        let given = particles.len() - particles.iter().rev().take_while(|word| is_known_particle(word)).count();
        let (given, particles) = particles.split_at_checked(given)?;
        return Some(([particles, run].concat().join(" "), given.join(" ")));
    }
    (is_one_run && before.is_empty() != after.is_empty()).then(|| ([particles, run].concat().join(" "), [before, after].concat().join(" ")))
}

fn is_in_capitals(word: &str) -> bool {
    let mut letters = word.chars();
    let elided = letters.next().is_some_and(char::is_lowercase) && letters.next().is_some_and(|c| ['\'', '’'].contains(&c));
    let word = if elided { letters.as_str() } else { word };
    word.chars().filter(|c| c.is_uppercase()).count() > 1 && word == word.to_uppercase()
}

/// What is no given name, though it is written small.
fn is_known_particle(word: &str) -> bool {
    ["de", "du", "des", "la", "le", "les", "van", "von", "der", "den", "da", "do", "dos", "di", "del", "el", "al", "ben"].contains(&word)
        || !word.starts_with(char::is_lowercase)
}

/// What stands before a family name, and is part of it.
fn is_particle(word: &str) -> bool {
    word.starts_with(char::is_lowercase) || ["Mc", "Mac", "Saint", "St"].contains(&word)
}
