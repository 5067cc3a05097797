//! What letters say.

use shared::domain::{
    account::Email,
    language::Language,
    letter::{Letter, LinkToken, Purpose},
};

/// A letter as it is sent: as text, and the same as HTML.
#[derive(Clone)]
pub struct Mail {
    pub to: String,
    pub subject: &'static str,
    pub text: String,
    pub html: String,
}

/// Stands in words for the name of the centre.
const CENTRE: &str = "{centre}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What stands before and after the link.
struct Words {
    subject: &'static str,
    before: &'static [&'static str],
    after: &'static str,
}

impl Mail {
    /// The letter to this address, with a link to that place of the page at this address, such as `https://vigie.example.org/app/`. The token
    /// stands behind the `#`, which browsers send to nobody.
    pub fn of(letter: &Letter, to: &Email, page: &str, token: &LinkToken) -> Self {
        let place = match letter.purpose {
            Purpose::Password => "account/new-password",
            Purpose::Proof => "account/proof",
            Purpose::Invitation => "account/invitation",
        };
        let link = format!("{page}{place}#{}", token.reveal());
        let Words { subject, before, after } = words(letter.purpose, letter.language);
        let centre = letter.invitation.as_ref().map_or("", |invitation| invitation.centre.name.as_str());
        let text = before.iter().copied().chain([link.as_str(), after]).collect::<Vec<_>>().join("\n\n") + "\n";
        let text = text.replace(CENTRE, centre);
        let paragraph = |text: &str| format!("<p>{text}</p>\n");
        let before: String = before.iter().map(|text| paragraph(&text.replace(CENTRE, &escaped(centre)))).collect();
        let html = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{subject}</title>\n{before}{}{}</html>\n",
            letter.language.tag(),
            paragraph(&format!("<a href=\"{link}\">{link}</a>")),
            paragraph(after),
        );
        Self { to: to.as_str().to_owned(), subject, text, html }
    }
}

const fn words(purpose: Purpose, language: Language) -> Words {
    match (purpose, language) {
        (Purpose::Password, Language::French) => Words {
            subject: "Vigie\u{a0}: choisissez un nouveau mot de passe",
            before: &[
                "Bonjour,",
                "Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour le compte Vigie de cette adresse.",
                "Pour le choisir, ouvrez ce lien dans l’heure. Il sert une seule fois\u{a0}:",
            ],
            after: "Si vous n’avez rien demandé, ne faites rien\u{a0}: votre mot de passe reste le même.",
        },
        (Purpose::Password, Language::English) => Words {
            subject: "Vigie: choose a new password",
            before: &[
                "Hello,",
                "Somebody, probably you, asked for a new password for the Vigie account of this address.",
                "To choose it, open this link within the hour. It works once:",
            ],
            after: "If you asked for nothing, do nothing: your password stays the same.",
        },
        (Purpose::Proof, Language::French) => Words {
            subject: "Vigie\u{a0}: confirmez votre adresse e-mail",
            before: &[
                "Bonjour,",
                "Un compte Vigie a été créé avec cette adresse.",
                "Si c’est le vôtre, confirmez-le en ouvrant ce lien dans les sept jours. Il sert une seule fois\u{a0}:",
            ],
            after: "Si vous n’avez pas créé de compte, n’ouvrez pas ce lien\u{a0}: quelqu’un s’est sans doute trompé d’adresse.",
        },
        (Purpose::Proof, Language::English) => Words {
            subject: "Vigie: confirm your e-mail address",
            before: &[
                "Hello,",
                "A Vigie account was created with this address.",
                "If it is yours, confirm that by opening this link within seven days. It works once:",
            ],
            after: "If you created no account, do not open this link: somebody has probably mistyped their address.",
        },
        (Purpose::Invitation, Language::French) => Words {
            subject: "Vigie\u{a0}: vous êtes invité à organiser des sessions",
            before: &[
                "Bonjour,",
                "Un organisateur vous invite à organiser avec lui, sur Vigie, les sessions de «\u{a0}{centre}\u{a0}».",
                "Pour accepter, ouvrez ce lien dans les sept jours, puis connectez-vous, ou inscrivez-vous, avec l’adresse même à laquelle ce message est envoyé. Il sert une seule fois\u{a0}:",
            ],
            after: "Si vous n’attendiez pas cette invitation, ne faites rien\u{a0}: quelqu’un s’est sans doute trompé d’adresse.",
        },
        (Purpose::Invitation, Language::English) => Words {
            subject: "Vigie: an invitation to organise sessions",
            before: &[
                "Hello,",
                "An organiser invites you to organise the sessions of “{centre}” with them, on Vigie.",
                "To accept, open this link within seven days, then log in, or sign up, with the very address that this letter is sent to. It works once:",
            ],
            after: "If you did not expect this invitation, do nothing: somebody has probably mistyped an address.",
        },
    }
}
