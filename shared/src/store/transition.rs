//! The state table as DynamoDB sees it: what a change asks of a candidate's item, and what it does to it.

use super::{
    edit::{Edit, all, any},
    lockout,
};
use crate::domain::{
    act::{Act, JoinedAs},
    decision::Change,
    state_table::{EXTRA_MINUTES, Needs},
};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

/// A change of a candidate, made only where the state table allows it.
pub(super) fn transition(change: &Change) -> Edit {
    let mut edit = Edit::default();
    allow(&mut edit, change);
    effect(&mut edit, change);
    edit
}

/// The rows of the state table for this change, as a condition on the item.
pub(super) fn allow(edit: &mut Edit, change: &Change) {
    let action = change.action();
    edit.only_if(|edit| {
        any(action.rows(change.by.role).filter(|row| row.needs.iter().all(|needs| may_hold(*needs, change))).map(|row| {
            let from = edit.equals("status", row.from);
            all(std::iter::once(from).chain(row.needs.iter().filter_map(|needs| requirement(edit, *needs, change))))
        }))
    });
    for needs in action.needs() {
        if let Some(condition) = requirement(edit, needs, change) {
            edit.only_if(|_| condition);
        }
    }
}

/// Whether this can hold for any candidate: some of it depends on what is wished alone.
fn may_hold(needs: Needs, change: &Change) -> bool {
    match (needs, &change.act) {
        (Needs::SameExtraTime, Act::Correct(correction)) => correction.keeps_extra_time(),
        _ => true,
    }
}

/// `None` where it holds for every candidate.
fn requirement(edit: &mut Edit, needs: Needs, change: &Change) -> Option<String> {
    let condition = match needs {
        Needs::NotClosed => edit.missing("closed"),
        Needs::NewRequest => {
            let request = edit.value(change.request.as_str());
            match change.act {
                Act::Call => differs(edit, "lastCall", &request),
                Act::Answer => differs(edit, "lastAnswer", &request),
                _ => format!("NOT contains({}, {request})", edit.name("requests")),
            }
        }
        Needs::CurrentPassword => current_password(edit, change.by.password_issue?),
        Needs::OwnAccount => change.by.is_candidate().then(|| edit.equals("account", change.by.account.as_str()))?,
        Needs::Joined => edit.exists("account"),
        Needs::NotJoined => edit.missing("account"),
        Needs::NotUnlinked => format!("NOT contains({}, {})", edit.name("unlinked"), edit.value(change.by.account.as_str())),
        Needs::LatestStart => edit.equals("starts", change.start?),
        Needs::Authorised => edit.exists("resumeAuthorised"),
        Needs::NotAuthorised => edit.missing("resumeAuthorised"),
        Needs::Called => edit.exists("helpSince"),
        Needs::NotCalled => edit.missing("helpSince"),
        Needs::OpenWindow => {
            let now = edit.value(change.at);
            format!("{} <= {now} AND {} > {now}", edit.name("opensAt"), edit.name("closesAt"))
        }
        Needs::ThisPass => {
            let Act::UsePass { tag } = &change.act else { return None };
            all([edit.equals("pass", tag.as_str()), format!("{} > {}", edit.name("passEndsAt"), edit.value(change.at))])
        }
        Needs::MinutesInRange => {
            let Act::AddMinutes { minutes, .. } = change.act else { return None };
            let [least, most] = [EXTRA_MINUTES.start(), EXTRA_MINUTES.end()].map(|limit| edit.value(i64::from(limit - minutes)));
            format!("{} BETWEEN {least} AND {most}", edit.name("extraMinutes"))
        }
        Needs::SameExtraTime => return None,
        Needs::FewerChangesThan(limit) => format!("size({}) < {}", edit.name("history"), edit.value(limit)),
    };
    Some(condition)
}

/// That no session password was given out since the one of this issue.
pub(super) fn current_password(edit: &mut Edit, issue: u32) -> String {
    format!("{} <= {}", edit.name("passwordIssue"), edit.value(issue))
}

fn differs(edit: &mut Edit, attribute: &str, value: &str) -> String {
    any([edit.missing(attribute), format!("{} <> {value}", edit.name(attribute))])
}

/// What a change does to the item: what [`decide`](crate::domain::decision::decide) does to the candidate.
/// A test holds the two against each other for every row.
fn effect(edit: &mut Edit, change: &Change) {
    let action = change.action();
    let now = change.at;
    if let Some(status) = action.leads_to() {
        edit.set("status", status);
    }
    match &change.act {
        Act::Enrol | Act::Leave | Act::Remove => {}
        Act::Tick => {
            edit.set("presentSince", now);
            edit.remove(&["waitingSince"]);
        }
        Act::Untick => edit.remove(&["presentSince"]),
        Act::Join(joined_as) => {
            edit.set("account", change.by.account.as_str());
            edit.set("joinedAs", attribute(joined_as));
        }
        Act::Unlink => {
            edit.remove(&["account", "joinedAs", "waitingSince", "helpSince"]);
            edit.remove(&lockout::COUNTER);
        }
        Act::UsePass { .. } => {
            edit.set("account", change.by.account.as_str());
            edit.set("joinedAs", attribute(JoinedAs::PASS));
            edit.remove(&["waitingSince", "helpSince", "pass", "passEndsAt"]);
            edit.remove(&lockout::COUNTER);
        }
        Act::Start => {
            let [attempt, started_at, starts] = ["attempt", "startedAt", "starts"].map(|name| edit.name(name));
            let (new_attempt, at) = (edit.value(change.request.ulid(now).as_str()), edit.value(now));
            let (zero, one) = (edit.value(0_u32), edit.value(1_u32));
            edit.compute("attempt", &format!("if_not_exists({attempt}, {new_attempt})"));
            edit.compute("startedAt", &format!("if_not_exists({started_at}, {at})"));
            edit.compute("starts", &format!("if_not_exists({starts}, {zero}) + {one}"));
            edit.set("lastStartAt", now);
            edit.set("lastStartRequest", change.request.as_str());
            edit.remove(&["resumeAuthorised", "waitingSince"]);
            edit.remove(&lockout::COUNTER);
        }
        Act::Authorise => {
            edit.set("resumeAuthorised", true);
            edit.remove(&["waitingSince"]);
        }
        Act::Withdraw => edit.remove(&["resumeAuthorised"]),
        Act::Finish | Act::End => {
            edit.set("endedAt", now);
            edit.remove(&["resumeAuthorised", "waitingSince", "helpSince", "pass", "passEndsAt"]);
        }
        Act::AddMinutes { minutes, .. } => {
            let (known, minutes) = (edit.name("extraMinutes"), edit.value(i64::from(*minutes)));
            edit.compute("extraMinutes", &format!("{known} + {minutes}"));
        }
        Act::IssuePass { tag, ends_at } => {
            edit.set("pass", tag.as_str());
            edit.set("passEndsAt", *ends_at);
        }
        Act::Call => {
            edit.set("helpSince", now);
            edit.set("lastCall", change.request.as_str());
        }
        Act::Answer => {
            edit.remove(&["helpSince"]);
            edit.set("lastAnswer", change.request.as_str());
        }
        Act::Correct(correction) => {
            edit.set("firstName", correction.to.first_name.as_str());
            edit.set("lastName", correction.to.last_name.as_str());
            edit.set("birthdate", attribute(correction.to.birthdate));
            edit.set("extraTimePercent", correction.to.extra_time_percent);
        }
    }
    if action.is_recorded() {
        let (history, entry) = (edit.name("history"), edit.value(AttributeValue::L(vec![attribute(change.entry())])));
        edit.compute("history", &format!("list_append({history}, {entry})"));
        edit.add("requests", change.request.as_str());
    }
}

pub(super) fn attribute(value: impl Serialize) -> AttributeValue {
    // Plain texts and numbers, which can always be written.
    serde_dynamo::to_attribute_value(value).unwrap_or(AttributeValue::Null(true))
}
