//! What people read, one file per language. A refusal or field error without a text does not
//! compile.

mod en;
mod fr;

use super::language::Language;
use crate::domain::{invalid::Invalid, refusal::Refusal, unreadable::Unreadable};
use std::borrow::Cow;

/// What happened, in a few words, and what to do about it.
pub(super) struct Text {
    pub(super) title: &'static str,
    pub(super) detail: Cow<'static, str>,
}

fn text(title: &'static str, detail: impl Into<Cow<'static, str>>) -> Text {
    Text { title, detail: detail.into() }
}

pub(super) fn of_refusal(refusal: Refusal, language: Language) -> Text {
    match language {
        Language::French => fr::refusal(refusal),
        Language::English => en::refusal(refusal),
    }
}

pub(super) fn of_field(invalid: &Invalid, language: Language) -> String {
    match language {
        Language::French => fr::field(invalid),
        Language::English => en::field(invalid),
    }
}

pub(super) fn of_unreadable(why: Unreadable, language: Language) -> &'static str {
    match language {
        Language::French => fr::unreadable(why),
        Language::English => en::unreadable(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::VariantArray;

    /// No line ends before a sign that print keeps with its word.
    fn keeps_signs(text: &str) -> bool {
        [" :", " ;", " ?", " !", " »", "« "].iter().all(|sign| !text.contains(sign))
    }

    #[test]
    fn every_refusal_and_field_error_has_its_own_text_in_both_languages() {
        for &refusal in Refusal::ALL {
            let [fr, en] = [Language::French, Language::English].map(|language| of_refusal(refusal, language));
            for text in [&fr, &en] {
                assert!(text.title.len() > 5 && text.detail.ends_with(['.', '!']), "{refusal}: {}", text.detail);
            }
            assert_ne!(fr.detail, en.detail, "{refusal}");
            assert!(keeps_signs(fr.title) && keeps_signs(&fr.detail), "{refusal}: {}", fr.detail);
        }
        for invalid in Invalid::examples() {
            let fr = of_field(&invalid, Language::French);
            assert_ne!(fr, of_field(&invalid, Language::English), "{invalid}");
            assert!(keeps_signs(&fr), "{invalid}: {fr}");
        }
        for &why in Unreadable::VARIANTS {
            let fr = of_unreadable(why, Language::French);
            assert_ne!(fr, of_unreadable(why, Language::English), "{why:?}");
            assert!(keeps_signs(fr), "{why:?}: {fr}");
        }
        let codes: std::collections::BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len(), "each code once");
    }

    #[test]
    fn the_absent_candidate_reads_the_sentence_of_the_procedure() {
        assert_eq!(
            of_refusal(Refusal::NotCheckedIn, Language::French).detail,
            "Votre surveillant n'a pas confirmé votre présence dans la salle de test. Vous ne pouvez donc pas encore commencer votre test de certification. Merci de prévenir votre surveillant."
        );
    }
}
