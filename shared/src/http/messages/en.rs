//! The texts in English.

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
        Refusal::MalformedRequest => text("Unreadable request", "The request's address, headers or encoding are not valid."),
        Refusal::MalformedBody => text("Unreadable request", "What was sent is missing, or no valid JSON."),
        Refusal::Unauthenticated => text(
            "Login needed",
            "Your login is missing, has expired or does not count here, such as when the session password was replaced. Please log in again.",
        ),
        Refusal::InvalidCredentials => text("Wrong credentials", "The e-mail address or the password is wrong. Check them and try again."),
        Refusal::InvalidSessionCredentials => {
            text("Session not found", "The session number or the session password is wrong. Copy both from the proctor's kit.")
        }
        Refusal::InvalidPass => text(
            "Pass not valid",
            "This pass is not valid, or no longer: it works once, within 10 minutes. Check the session number and the 8 characters, or ask your proctor for another one.",
        ),
        Refusal::InvalidLink => text(
            "Link not valid",
            "This link is no longer valid: it works once, and not for long. Ask for another one; if you have used it already, log in.",
        ),
        Refusal::Forbidden => {
            text("Access denied", "Your account gives no access to this. Log in with the right account or to the right session.")
        }
        Refusal::WrongAccessCode => {
            text("Wrong access code", "This access code is not the right one. Check the 6 characters with your proctor.")
        }
        Refusal::NotCheckedIn => text(
            "Presence not confirmed",
            "Your proctor has not confirmed that you are in the exam room, so you can't start your certification test yet. Please tell your proctor.",
        ),
        Refusal::ResumeNotAuthorised => text(
            "Resuming not authorised",
            "Your test was interrupted, or it is already open elsewhere. To resume it here, ask your proctor to authorise it.",
        ),
        Refusal::NotFound => text("Not found", "There is nothing at this address. Please check it."),
        Refusal::SessionNotFound => text("Session not found", "None of your sessions has this number. Please check it."),
        Refusal::CandidateNotFound => text(
            "Candidate not found",
            "No candidate of this session matches. Check the session number, the names and the birth date, or ask the proctor.",
        ),
        Refusal::MethodNotAllowed => {
            text("Method not allowed", "This address exists but does not take this HTTP method; the Allow header names those it takes.")
        }
        Refusal::KeyReused => text(
            "Key already used",
            "This Idempotency-Key was used for another request, or what that one made has changed since. Take a new one.",
        ),
        Refusal::EmailTaken => {
            text("Address already in use", "There is already an account with this e-mail address. Log in, or use another address.")
        }
        Refusal::AccountInSession => text(
            "Session under way",
            "Your account is that of a candidate of a session that is not over: it can't be erased yet. Try again after the session.",
        ),
        Refusal::SessionFinalised => text("Session finalised", "This session is finalised: nothing in it can be changed any more."),
        Refusal::SessionNotOpen => text(
            "Session not open yet",
            format!("It is too early: this session opens {} hours before its scheduled time.", OPENS_BEFORE.as_hours()),
        ),
        Refusal::SessionClosed => text(
            "Session closed",
            format!("It is too late: this session closed {} hours after its scheduled time.", CLOSES_AFTER.as_hours()),
        ),
        Refusal::SessionFull => {
            text("Session full", format!("A session has at most {MAX_CANDIDATES} candidates. Create another session for the rest."))
        }
        Refusal::AlreadyEnrolled => text(
            "Already enrolled in this session",
            "One or several candidates are already enrolled in this session, or are in the list twice. Nothing was saved; correct it and try again.",
        ),
        Refusal::CandidateAlreadyLinked => text(
            "Candidate already joined",
            "Somebody has already joined the session under this name. If that is not you, tell your proctor, who sees who it is. To remove this candidate, unlink the account first.",
        ),
        Refusal::AccountAlreadyLinked => text(
            "Account already joined",
            "Your account has already joined this session under another name. If that is a mistake, tell your proctor, who can undo it until the test has begun.",
        ),
        Refusal::AccountUnlinked => text(
            "Account taken off",
            "Your proctor took your account off this candidate: it can't join them again. If this is you, ask them for a pass.",
        ),
        Refusal::AlreadyStarted => text("Test already started", "A test has started already: this can't be changed any more."),
        Refusal::NotStarted => text("Test not started", "This test has not started yet."),
        Refusal::TestEnded => text("Test ended", "This test has ended: it can't be resumed or changed any more."),
        Refusal::AttemptSuperseded => text(
            "Test resumed elsewhere",
            "This test was resumed since: this request no longer counts. Go on where it was resumed, or start again with the proctor's consent.",
        ),
        Refusal::TooManyChanges => text("Too many changes", "There are as many changes as there can be: yours was not recorded."),
        Refusal::OtherCentre => text(
            "Already an organiser elsewhere",
            "Your account already organises the sessions of another centre, and can have only one. Leave that one first.",
        ),
        Refusal::CentreFull => text("Centre full", format!("A centre has at most {MAX_MEMBERS} organisers, those invited included.")),
        Refusal::LastMember => text("Last organiser", "Nobody could see the centre's sessions any more. Invite somebody else first."),
        Refusal::BodyTooLarge => text(
            "Request too large",
            format!(
                "What was sent is larger than {} KiB, or {} MiB for a file. Send it in parts.",
                MAX_BODY_BYTES / 1024,
                MAX_LIST_BYTES / 1024 / 1024
            ),
        ),
        Refusal::UnsupportedMediaType => {
            text("Kind of file not supported", "A list is a .csv, .xlsx or .ods file. Save yours in one of these formats.")
        }
        Refusal::UnreadableFile => {
            text("Unreadable file", "This file could not be read. Make sure that your spreadsheet program opens it, then save it again.")
        }
        Refusal::InvalidFields => text("Fields to correct", "Some fields are missing or not right; each is named with what is wrong."),
        Refusal::TooManyAttempts => text("Too many tries", "Too many wrong tries: further ones are refused for a while."),
        Refusal::InternalError => {
            text("Internal error", "Something went wrong on our side. Try again; if it persists, give the request id to support.")
        }
        Refusal::MailUnavailable => {
            text("No e-mail here", "This service sends no e-mail. Ask whoever organises the session, or your proctor.")
        }
        Refusal::Busy => text("Service busy", "The service is busy for a moment. Try again in a few seconds."),
    }
}

pub(super) fn field(invalid: &Invalid) -> String {
    match invalid {
        Invalid::Required => "This field is required.".into(),
        Invalid::WrongType => "This value is not of the expected type.".into(),
        Invalid::TooLong { max } => format!("At most {max} characters or items."),
        Invalid::TooShort { min } => format!("At least {min} characters or items."),
        Invalid::OutOfRange { min, max } => format!("The value must be between {min} and {max}."),
        Invalid::Email => "This e-mail address is not valid; example: first.last@example.org.".into(),
        Invalid::Date => "This date does not exist; write it YYYY-MM-DD.".into(),
        Invalid::Time => "This time does not exist on that day; write it HH:MM.".into(),
        Invalid::TimeZone => "This time zone is unknown; example: Europe/Paris.".into(),
        Invalid::WeakPassword(Weakness::Kinds) => "The password needs at least one upper-case letter, one lower-case letter and one digit.".into(),
        Invalid::WeakPassword(Weakness::Common) => {
            "This password is too easy to guess: many people have the same, give or take a few digits or signs. Choose two words that do not belong together, for example, and a digit.".into()
        }
        Invalid::WeakPassword(Weakness::Own) => {
            "This password is too easy to guess: it is mostly your first name, your last name or your e-mail address. Choose other words.".into()
        }
        Invalid::TermsNotAccepted => "You must accept the terms of use.".into(),
        Invalid::AlreadyEnrolled => "This candidate is already enrolled in this session, or stands further up in the list.".into(),
        Invalid::NotAName => "A name has at least one letter or digit, and nothing invisible.".into(),
        Invalid::Birthdate(WrongDate::Shape) | Invalid::WrittenDate(WrongDate::Shape) => "This date can't be read; write it like 31/05/2012: day, month, year.".into(),
        Invalid::Birthdate(WrongDate::Year) => "Check the year of birth, and write it with four digits.".into(),
        Invalid::Birthdate(WrongDate::Day) | Invalid::WrittenDate(WrongDate::Day) => {
            "This date does not exist; write the day, then the month, then the year.".into()
        }
        Invalid::WrittenDate(WrongDate::Year) => "Check the year of the session, and write it with four digits.".into(),
        Invalid::WrittenTime => "This time can't be read; write it like 9:00 or 14:30.".into(),
        Invalid::NotAPercentage => "Write extra time as a percentage: a whole number from 0 to 200, or else yes or 1/3 for a third.".into(),
        Invalid::Double { line } => format!("This is the same person as on line {line}."),
        Invalid::EnrolledWith { percent: 0 } => "This candidate is enrolled without extra time, and stays so: if the list is right, correct them.".into(),
        Invalid::EnrolledWith { percent } => {
            format!("This candidate is enrolled with {percent}% of extra time, and stays so: if the list is right, correct them.")
        }
        Invalid::SaidOtherwise { line } => format!("Line {line} says something else of the same session."),
        Invalid::NoColumn => "The list has no such column: add it, with a first line that names the columns.".into(),
        Invalid::NoParameter => "There is no such parameter: see how its name is written, capitals included.".into(),
        Invalid::TooManySessions { max } => format!("A file creates {max} sessions at most. Send the others in another one."),
        Invalid::Other => "This value is not acceptable.".into(),
    }
}

pub(super) const fn unreadable(why: Unreadable) -> &'static str {
    match why {
        Unreadable::Empty => {
            "This list is empty, or has nothing but headings. It is read from the first sheet that is not empty, a line for each candidate."
        }
        Unreadable::NotText => "This file is not text. Send a spreadsheet as it is, as .xlsx or .ods.",
        Unreadable::MixedEncodings => {
            "The accented letters of this file can't be read, or its end is missing. Save it again as \"CSV UTF-8\", then send that."
        }
        Unreadable::Broken => "This spreadsheet is incomplete or damaged. Open it, save it again as .xlsx or .ods, then send that.",
        Unreadable::OldOrProtected => "This spreadsheet has a password, or an old format (.xls). Save it as .xlsx without a password.",
        Unreadable::TooManyRows => "This list has too many lines: 3,000 at most. Keep those of your candidates.",
        Unreadable::TooManyColumns => "This list has too many columns: 100 at most. Keep last name, first name, birth date and extra time.",
        Unreadable::TooLarge => "There is too much in this spreadsheet. Copy the list into a new one, then send that.",
    }
}
