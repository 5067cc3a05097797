//! The state table as DynamoDB sees it: what a change asks of a candidate's item, and what it does to it.

use super::{
    edit::{Edit, all, any},
    lockout,
};
use crate::domain::{
    decision::Change,
    state_table::{Action, Needs},
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
fn allow(edit: &mut Edit, change: &Change) {
    edit.only_if(|edit| {
        any(change.action.rows(change.by.role).map(|row| {
            let from = edit.equals("status", row.from);
            all(std::iter::once(from).chain(row.needs.iter().filter_map(|needs| requirement(edit, *needs, change))))
        }))
    });
    for needs in change.action.needs() {
        if let Some(condition) = requirement(edit, needs, change) {
            edit.only_if(|_| condition);
        }
    }
}

fn requirement(edit: &mut Edit, needs: Needs, change: &Change) -> Option<String> {
    let condition = match needs {
        Needs::NotClosed => edit.missing("closed"),
        Needs::NewRequest => format!("NOT contains({}, {})", edit.name("requests"), edit.value(change.request.as_str())),
        Needs::OwnAccount => edit.equals("account", change.by.account.as_str()),
        Needs::Joined => edit.exists("account"),
        Needs::NotJoined => edit.missing("account"),
        Needs::LatestStart => edit.equals("starts", change.start?),
        Needs::Authorised => edit.exists("resumeAuthorised"),
        Needs::NotAuthorised => edit.missing("resumeAuthorised"),
        Needs::OpenWindow => {
            let now = edit.value(change.at);
            format!("{} <= {now} AND {} > {now}", edit.name("opensAt"), edit.name("closesAt"))
        }
        Needs::FewerChangesThan(limit) => format!("size({}) < {}", edit.name("history"), edit.value(limit)),
    };
    Some(condition)
}

/// What a change does to the item: what [`decide`](crate::domain::decision::decide) does to the candidate.
/// A test holds the two against each other for every row.
fn effect(edit: &mut Edit, change: &Change) {
    let now = change.at;
    if let Some(status) = change.action.leads_to() {
        edit.set("status", status);
    }
    match change.action {
        Action::Enrol | Action::Leave => {}
        Action::Tick => {
            edit.set("presentSince", now);
            edit.remove(&["waitingSince"]);
        }
        Action::Untick => edit.remove(&["presentSince"]),
        Action::Join => {
            edit.set("account", change.by.account.as_str());
            if let Some(joined_as) = &change.joined_as {
                edit.set("joinedAs", attribute(joined_as));
            }
        }
        Action::Unlink => {
            edit.remove(&["account", "joinedAs", "waitingSince"]);
            edit.remove(&lockout::COUNTER);
        }
        Action::Start => {
            let [attempt, started_at, starts, allowed] = ["attempt", "startedAt", "starts", "allowedMillis"].map(|name| edit.name(name));
            let (new_attempt, at) = (edit.value(change.request.attempt_id(now).as_str()), edit.value(now));
            let (zero, one) = (edit.value(0_u32), edit.value(1_u32));
            edit.compute("attempt", &format!("if_not_exists({attempt}, {new_attempt})"));
            edit.compute("startedAt", &format!("if_not_exists({started_at}, {at})"));
            edit.compute("endsAt", &format!("if_not_exists({started_at}, {at}) + {allowed}"));
            edit.compute("starts", &format!("if_not_exists({starts}, {zero}) + {one}"));
            edit.set("lastStartAt", now);
            edit.set("lastStartRequest", change.request.as_str());
            edit.remove(&["resumeAuthorised", "waitingSince"]);
            edit.remove(&lockout::COUNTER);
        }
        Action::Authorise => {
            edit.set("resumeAuthorised", true);
            edit.remove(&["waitingSince"]);
        }
        Action::Withdraw => edit.remove(&["resumeAuthorised"]),
        Action::Finish | Action::End => {
            edit.set("endedAt", now);
            edit.remove(&["resumeAuthorised", "waitingSince"]);
        }
    }
    let (history, entry) = (edit.name("history"), edit.value(AttributeValue::L(vec![attribute(change.entry())])));
    edit.compute("history", &format!("list_append({history}, {entry})"));
    edit.add("requests", change.request.as_str());
}

fn attribute(value: impl Serialize) -> AttributeValue {
    // Plain texts and numbers, which can always be written.
    serde_dynamo::to_attribute_value(value).unwrap_or(AttributeValue::Null(true))
}
