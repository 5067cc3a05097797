//! The words for what happened, in both languages.

use crate::domain::{
    act::Action, actor::ActorRole, history::SessionAction, incident::Category, language::Language, record::RecordedStatus,
    state_table::Status,
};

/// What things are called in a language.
#[derive(Debug, Clone, Copy)]
pub struct Words(pub Language);

impl Words {
    pub(super) const fn say(self, french: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Language::French => french,
            Language::English => english,
        }
    }

    pub(super) const fn created(self) -> &'static str {
        self.say("Session créée", "Session created")
    }

    pub(super) const fn finalised(self) -> &'static str {
        self.say("Session finalisée", "Session finalised")
    }

    pub(super) const fn proctor_came(self) -> &'static str {
        self.say("Arrivée d’un surveillant", "Proctor entered the session")
    }

    pub(super) const fn resumed(self) -> &'static str {
        self.say("Test repris", "Test resumed")
    }

    pub(super) const fn incident(self) -> &'static str {
        self.say("Incident", "Incident")
    }

    pub(super) const fn operator(self) -> &'static str {
        self.say("opérateur", "operator")
    }

    pub(super) const fn action(self, action: Action) -> &'static str {
        match action {
            Action::Enrol => self.say("Inscription", "Enrolled"),
            Action::Tick => self.say("Présence confirmée", "Presence confirmed"),
            Action::Untick => self.say("Coche retirée", "Tick taken back"),
            Action::Join => self.say("Connexion à la session", "Joined the session"),
            Action::Unlink => self.say("Compte détaché", "Account unlinked"),
            Action::Start => self.say("Test commencé", "Test started"),
            Action::Leave => self.say("Test interrompu", "Test interrupted"),
            Action::Authorise => self.say("Reprise autorisée", "Resumption authorised"),
            Action::Withdraw => self.say("Autorisation de reprendre retirée", "Authorisation to resume withdrawn"),
            Action::Finish => self.say("Test terminé par le candidat", "Test finished by the candidate"),
            Action::End => self.say("Test arrêté", "Test ended"),
            Action::AddMinutes => self.say("Minutes ajoutées ou retirées", "Minutes added or taken away"),
            Action::IssuePass => self.say("Laissez-passer donné", "Pass issued"),
            Action::UsePass => self.say("Entrée avec un laissez-passer", "Came in by a pass"),
            Action::Call => self.say("Appel du surveillant", "Called the proctor"),
            Action::Answer => self.say("Appel clos", "Call closed"),
            Action::Correct => self.say("Correction", "Corrected"),
            Action::Remove => self.say("Retrait de la session", "Removed from the session"),
        }
    }

    pub(super) const fn session_action(self, action: SessionAction) -> &'static str {
        match action {
            SessionAction::Edit => self.say("Session modifiée", "Session edited"),
            SessionAction::ReplaceCodes => self.say("Codes remplacés", "Codes replaced"),
            SessionAction::Correct => self.action(Action::Correct),
            SessionAction::Remove => self.action(Action::Remove),
            SessionAction::Delete => self.say("Session supprimée", "Session deleted"),
            SessionAction::Reopen => self.say("Session rouverte", "Session reopened"),
        }
    }

    pub const fn role(self, role: ActorRole) -> &'static str {
        match role {
            ActorRole::Proctor => self.say("surveillant", "proctor"),
            ActorRole::Organiser => self.say("organisateur", "organiser"),
            ActorRole::Candidate => self.say("candidat", "candidate"),
            ActorRole::Finalisation => self.say("finalisation de la session", "finalisation of the session"),
        }
    }

    /// How a candidate of such a session is.
    pub const fn status(self, status: Status, session: RecordedStatus) -> &'static str {
        match status {
            Status::Enrolled if matches!(session, RecordedStatus::Finalised) => self.say("absent", "absent"),
            Status::Enrolled => self.say("absent ou pas encore coché", "absent or not ticked yet"),
            Status::Present => self.say("présent, n’a pas commencé", "present, has not started"),
            Status::InProgress => self.say("en cours", "in progress"),
            Status::Interrupted => self.say("interrompu", "interrupted"),
            Status::Finished => self.say("terminé par le candidat", "finished by the candidate"),
            Status::Ended => self.say("test arrêté", "test ended"),
        }
    }

    pub const fn at_least(self) -> &'static str {
        self.say("au moins", "at least")
    }

    pub fn interrupted_for(self, long: &str) -> String {
        format!("{} {long}", self.say("interruption de", "interrupted for"))
    }

    pub const fn category(self, category: Category) -> &'static str {
        match category {
            Category::Identity => self.say("Identité d’un candidat", "A candidate’s identity"),
            Category::Technical => self.say("Problème technique", "Technical problem"),
            Category::Behaviour => self.say("Comportement", "Behaviour"),
            Category::Health => self.say("Santé", "Health"),
            Category::Evacuation => self.say("Évacuation", "Evacuation"),
            Category::Other => self.say("Autre", "Other"),
        }
    }

    /// What stood there before something was changed.
    pub(super) fn before(self, what: &str) -> String {
        self.about(self.say("Avant", "Before"), what)
    }

    pub(super) fn about(self, of: &str, what: &str) -> String {
        format!("{of}{}{what}", self.say("\u{a0}: ", ": "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::VariantArray;

    /// What the page says, in each language, of the same things.
    const PAGE: &str = include_str!("../../../../web/src/record/texts.ts");

    #[test]
    fn paper_and_page_use_the_same_words() {
        use Category::{Behaviour, Evacuation, Health, Identity, Other, Technical};
        let (french, english) = PAGE.split_once("\n  en: {").unwrap();
        for (language, page) in [(Language::French, french), (Language::English, english)] {
            let words = Words(language);
            let actions = Action::VARIANTS.iter().map(|action| (<&str>::from(*action).to_owned(), words.action(*action)));
            let categories = [Identity, Technical, Behaviour, Health, Evacuation, Other];
            let categories =
                categories.map(|category| (serde_json::to_string(&category).unwrap().replace('"', ""), words.category(category)));
            for (name, word) in actions.chain(categories).chain([("resumed".to_owned(), words.resumed())]) {
                let line = format!("{name}: '{word}',");
                assert!(page.lines().any(|said| said.trim() == line), "{line}");
            }
        }
    }
}
