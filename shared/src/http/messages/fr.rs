//! Les textes en français.

use super::{Text, text};
use crate::{
    domain::{
        centre::MAX_MEMBERS,
        invalid::{Invalid, Weakness, WrongDate},
        refusal::Refusal,
        session::{CLOSES_AFTER, MAX_CANDIDATES, OPENS_BEFORE},
        unreadable::Unreadable,
    },
    http::limits::{MAX_BODY_BYTES, MAX_LIST_BYTES},
};

#[expect(clippy::too_many_lines, reason = "one text for each refusal")]
pub(super) fn refusal(refusal: Refusal) -> Text {
    match refusal {
        Refusal::MalformedRequest => text("Demande illisible", "L'adresse, les en-têtes ou l'encodage de la demande ne sont pas valides."),
        Refusal::MalformedBody => text("Demande illisible", "Le contenu envoyé manque, ou n'est pas du JSON valide."),
        Refusal::Unauthenticated => text(
            "Connexion nécessaire",
            "Votre connexion manque, a expiré ou ne vaut pas ici, par exemple parce que le mot de passe de la session a été remplacé. Connectez-vous de nouveau.",
        ),
        Refusal::InvalidCredentials => {
            text("Identifiants incorrects", "L'adresse e-mail ou le mot de passe est incorrect. Vérifiez-les et réessayez.")
        }
        Refusal::InvalidSessionCredentials => {
            text("Session introuvable", "Le numéro ou le mot de passe de la session est incorrect. Recopiez-les depuis le kit surveillant.")
        }
        Refusal::InvalidPass => text(
            "Laissez-passer non valable",
            "Ce laissez-passer n'est pas valable, ou ne l'est plus\u{a0}: il sert une seule fois, dans les 10 minutes. Vérifiez le numéro de la session et les 8 caractères, ou demandez-en un autre à votre surveillant.",
        ),
        Refusal::InvalidLink => text(
            "Lien non valable",
            "Ce lien n'est plus valable\u{a0}: il sert une seule fois, et pas longtemps. Demandez-en un autre\u{a0}; si vous vous en êtes déjà servi, connectez-vous.",
        ),
        Refusal::Forbidden => {
            text("Accès refusé", "Votre compte ne donne pas accès à cette page. Connectez-vous avec le bon compte ou à la bonne session.")
        }
        Refusal::WrongAccessCode => {
            text("Code d'accès incorrect", "Ce code d'accès n'est pas le bon. Vérifiez les 6 caractères auprès de votre surveillant.")
        }
        Refusal::NotCheckedIn => text(
            "Présence non confirmée",
            "Votre surveillant n'a pas confirmé votre présence dans la salle de test. Vous ne pouvez donc pas encore commencer votre test de certification. Merci de prévenir votre surveillant.",
        ),
        Refusal::ResumeNotAuthorised => text(
            "Reprise non autorisée",
            "Votre test a été interrompu, ou il est déjà ouvert ailleurs. Pour le reprendre ici, demandez à votre surveillant de l'autoriser.",
        ),
        Refusal::NotFound => text("Introuvable", "Rien n'existe à cette adresse. Vérifiez-la."),
        Refusal::SessionNotFound => text("Session introuvable", "Aucune de vos sessions ne porte ce numéro. Vérifiez-le."),
        Refusal::CandidateNotFound => text(
            "Candidat introuvable",
            "Aucun candidat ne correspond dans cette session. Vérifiez le numéro de la session, le nom de naissance, le prénom et la date de naissance, ou demandez à votre surveillant.",
        ),
        Refusal::MethodNotAllowed => text(
            "Méthode non permise",
            "Cette adresse existe mais n'accepte pas cette méthode HTTP\u{a0}; l'en-tête Allow donne les bonnes.",
        ),
        Refusal::KeyReused => text(
            "Clé déjà utilisée",
            "Cette Idempotency-Key a déjà servi à une autre demande, ou ce qu'elle avait créé a changé depuis. Prenez-en une nouvelle.",
        ),
        Refusal::EmailTaken => {
            text("Adresse déjà utilisée", "Un compte existe déjà avec cette adresse e-mail. Connectez-vous, ou utilisez une autre adresse.")
        }
        Refusal::AccountInSession => text(
            "Session en cours",
            "Votre compte est celui d'un candidat d'une session qui n'est pas terminée\u{a0}: il ne peut pas encore être supprimé. Réessayez après la session.",
        ),
        Refusal::SessionFinalised => text("Session finalisée", "Cette session est finalisée\u{a0}: plus rien ne peut y être modifié."),
        Refusal::SessionNotOpen => text(
            "Session pas encore ouverte",
            format!("Il est trop tôt\u{a0}: cette session ouvre {} heures avant l'heure prévue.", OPENS_BEFORE.as_hours()),
        ),
        Refusal::SessionClosed => text(
            "Session fermée",
            format!("Il est trop tard\u{a0}: cette session a fermé {} heures après l'heure prévue.", CLOSES_AFTER.as_hours()),
        ),
        Refusal::SessionFull => text(
            "Session complète",
            format!("Une session compte au plus {MAX_CANDIDATES} candidats. Créez une autre session pour les suivants."),
        ),
        Refusal::AlreadyEnrolled => text(
            "Déjà inscrit à cette session",
            "Un candidat ou plusieurs sont déjà inscrits à cette session, ou figurent deux fois dans la liste. Rien n'a été enregistré\u{a0}; corrigez et recommencez.",
        ),
        Refusal::CandidateAlreadyLinked => text(
            "Candidat déjà connecté",
            "Quelqu'un s'est déjà connecté à la session sous ce nom. Si ce n'est pas vous, prévenez votre surveillant\u{a0}: il voit qui c'est. Pour retirer ce candidat, détachez d'abord le compte.",
        ),
        Refusal::AccountAlreadyLinked => text(
            "Compte déjà connecté",
            "Vous êtes déjà connecté à cette session sous un autre nom. Si c'est une erreur, prévenez votre surveillant\u{a0}: il peut détacher votre compte tant que le test n'a pas commencé.",
        ),
        Refusal::AccountUnlinked => text(
            "Compte détaché",
            "Votre surveillant a détaché votre compte de ce candidat\u{a0}: il ne peut plus se connecter sous ce nom. Si c'est bien vous, demandez-lui un laissez-passer.",
        ),
        Refusal::AlreadyStarted => text("Test déjà commencé", "Un test a déjà commencé\u{a0}: cela ne peut plus être modifié."),
        Refusal::NotStarted => text("Test pas commencé", "Ce test n'a pas encore commencé."),
        Refusal::TestEnded => text("Test terminé", "Ce test est terminé\u{a0}: il ne peut plus être repris ni modifié."),
        Refusal::AttemptSuperseded => text(
            "Test repris ailleurs",
            "Ce test a été repris depuis\u{a0}: cette demande ne vaut plus. Continuez là où il a été repris, ou reprenez-le ici avec l'accord de votre surveillant.",
        ),
        Refusal::TooManyChanges => {
            text("Trop de modifications", "Le nombre de modifications possibles est atteint\u{a0}: la vôtre n'a pas été enregistrée.")
        }
        Refusal::OtherCentre => text(
            "Déjà organisateur ailleurs",
            "Votre compte organise déjà les sessions d'un autre centre, et ne peut en avoir qu'un. Quittez-le d'abord.",
        ),
        Refusal::CentreFull => text("Centre complet", format!("Un centre compte au plus {MAX_MEMBERS} organisateurs, invités compris.")),
        Refusal::LastMember => {
            text("Dernier organisateur", "Plus personne ne verrait les sessions du centre. Invitez d'abord quelqu'un d'autre.")
        }
        Refusal::BodyTooLarge => text(
            "Demande trop volumineuse",
            format!(
                "Le contenu envoyé dépasse {} Kio, ou {} Mio pour un fichier. Envoyez-le en plusieurs fois.",
                MAX_BODY_BYTES / 1024,
                MAX_LIST_BYTES / 1024 / 1024
            ),
        ),
        Refusal::UnsupportedMediaType => text(
            "Type de fichier non pris en charge",
            "Une liste est un fichier .csv, .xlsx ou .ods. Enregistrez la vôtre sous l'un de ces formats.",
        ),
        Refusal::UnreadableFile => text(
            "Fichier illisible",
            "Ce fichier n'a pas pu être lu. Vérifiez qu'il s'ouvre dans votre tableur, puis enregistrez-le de nouveau.",
        ),
        Refusal::InvalidFields => {
            text("Champs à corriger", "Certains champs manquent ou ne conviennent pas\u{a0}; chacun est nommé avec ce qui ne va pas.")
        }
        Refusal::TooManyAttempts => text("Trop d'essais", "Trop d'essais incorrects\u{a0}: les suivants sont refusés pour un temps."),
        Refusal::InternalError => text(
            "Erreur interne",
            "Une erreur s'est produite de notre côté. Réessayez\u{a0}; si elle persiste, donnez l'identifiant de la demande à l'assistance.",
        ),
        Refusal::MailUnavailable => text(
            "Pas d'e-mails ici",
            "Ce service n'envoie pas d'e-mails. Adressez-vous à la personne qui organise la session, ou à votre surveillant.",
        ),
        Refusal::Busy => text("Service momentanément occupé", "Le service est momentanément occupé. Réessayez dans quelques secondes."),
    }
}

pub(super) fn field(invalid: &Invalid) -> String {
    match invalid {
        Invalid::Required => "Ce champ est obligatoire.".into(),
        Invalid::WrongType => "Cette valeur n'est pas du type attendu.".into(),
        Invalid::TooLong { max } => format!("{max} caractères ou éléments au plus."),
        Invalid::TooShort { min } => format!("{min} caractères ou éléments au moins."),
        Invalid::OutOfRange { min, max } => format!("La valeur doit être comprise entre {min} et {max}."),
        Invalid::Email => "Cette adresse e-mail n'est pas valide\u{a0}; exemple\u{a0}: prenom.nom@example.org.".into(),
        Invalid::Date => "Cette date n'existe pas\u{a0}; écrivez-la AAAA-MM-JJ.".into(),
        Invalid::Time => "Cette heure n'existe pas ce jour-là\u{a0}; écrivez-la HH:MM.".into(),
        Invalid::TimeZone => "Ce fuseau horaire est inconnu\u{a0}; exemple\u{a0}: Europe/Paris.".into(),
        Invalid::WeakPassword(Weakness::Kinds) => "Le mot de passe doit contenir au moins une majuscule, une minuscule et un chiffre.".into(),
        Invalid::WeakPassword(Weakness::Common) => {
            "Ce mot de passe est trop facile à deviner\u{a0}: beaucoup de gens ont le même, à quelques chiffres ou signes près. Choisissez par exemple deux mots qui ne vont pas ensemble, et un chiffre.".into()
        }
        Invalid::WeakPassword(Weakness::Own) => {
            "Ce mot de passe est trop facile à deviner\u{a0}: c'est surtout votre prénom, votre nom ou votre adresse e-mail. Choisissez d'autres mots.".into()
        }
        Invalid::TermsNotAccepted => "Vous devez accepter les conditions d'utilisation.".into(),
        Invalid::AlreadyEnrolled => "Ce candidat est déjà inscrit à cette session, ou figure plus haut dans la liste.".into(),
        Invalid::NotAName => "Un nom contient au moins une lettre ou un chiffre, et rien d'invisible.".into(),
        Invalid::Birthdate(WrongDate::Shape) | Invalid::WrittenDate(WrongDate::Shape) => "Cette date est illisible\u{a0}; écrivez-la comme 31/05/2012.".into(),
        Invalid::Birthdate(WrongDate::Year) => "Vérifiez l'année de naissance, et écrivez-la avec quatre chiffres.".into(),
        Invalid::Birthdate(WrongDate::Day) | Invalid::WrittenDate(WrongDate::Day) => {
            "Cette date n'existe pas\u{a0}; écrivez le jour, puis le mois, puis l'année.".into()
        }
        Invalid::WrittenDate(WrongDate::Year) => "Vérifiez l'année de la session, et écrivez-la avec quatre chiffres.".into(),
        Invalid::WrittenTime => "Cette heure est illisible\u{a0}; écrivez-la comme 9:00 ou 9h00.".into(),
        Invalid::NotAPercentage => "Écrivez le temps majoré en pourcentage\u{a0}: un nombre entier de 0 à 200, ou bien «\u{a0}oui\u{a0}» ou 1/3 pour un tiers temps.".into(),
        Invalid::Double { line } => format!("C'est la même personne qu'à la ligne {line}."),
        Invalid::EnrolledWith { percent: 0 } => "Ce candidat est inscrit sans temps majoré, et le reste\u{a0}: si la liste a raison, corrigez-le sur sa fiche.".into(),
        Invalid::EnrolledWith { percent } => {
            format!("Ce candidat est inscrit avec {percent}\u{a0}% de temps majoré, et le reste\u{a0}: si la liste a raison, corrigez-le sur sa fiche.")
        }
        Invalid::SaidOtherwise { line } => format!("La ligne {line} dit autre chose de la même session."),
        Invalid::NoColumn => "La liste n'a pas cette colonne\u{a0}: ajoutez-la, avec une première ligne qui nomme les colonnes.".into(),
        Invalid::NoParameter => "Ce paramètre n'existe pas\u{a0}: vérifiez comment son nom s'écrit, majuscules comprises.".into(),
        Invalid::TooManySessions { max } => format!("Un fichier crée au plus {max} sessions. Envoyez les suivantes dans un autre."),
        Invalid::Other => "Cette valeur ne convient pas.".into(),
    }
}

pub(super) const fn unreadable(why: Unreadable) -> &'static str {
    match why {
        Unreadable::Empty => {
            "Cette liste est vide, ou n'a que des titres de colonnes. Elle se lit sur la première feuille qui n'est pas vide, une ligne par candidat."
        }
        Unreadable::NotText => "Ce fichier n'est pas un texte. Un classeur s'envoie tel quel, en .xlsx ou en .ods.",
        Unreadable::MixedEncodings => {
            "Les lettres accentuées de ce fichier sont illisibles, ou sa fin manque. Enregistrez-le de nouveau au format «\u{a0}CSV UTF-8\u{a0}», puis renvoyez-le."
        }
        Unreadable::Broken => {
            "Ce classeur est incomplet ou abîmé. Ouvrez-le dans votre tableur, enregistrez-le de nouveau en .xlsx ou en .ods, puis renvoyez-le."
        }
        Unreadable::OldOrProtected => {
            "Ce classeur est protégé par un mot de passe, ou d'un ancien format (.xls). Enregistrez-le en .xlsx, sans mot de passe."
        }
        Unreadable::TooManyRows => "Cette liste a trop de lignes\u{a0}: 3\u{a0}000 au plus. Gardez celles de vos candidats.",
        Unreadable::TooManyColumns => {
            "Cette liste a trop de colonnes\u{a0}: 100 au plus. Gardez le nom, le prénom, la date de naissance et le temps majoré."
        }
        Unreadable::TooLarge => "Ce classeur contient trop de données. Copiez la liste dans un nouveau classeur, puis envoyez celui-ci.",
    }
}
