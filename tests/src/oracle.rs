//! The rules of the procedure once more, from the description of the product: nothing here is taken from the code
//! under test, so that the two can disagree.

use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// One change in a candidate's history.
#[derive(Debug, Clone)]
pub struct Entry {
    pub action: String,
    /// As whom the account did it.
    pub role: String,
    pub account: String,
    pub at: Timestamp,
    /// That were added.
    pub minutes: i64,
}

/// Where a candidate stands after some of their history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub status: &'static str,
    pub account: Option<String>,
    pub authorised: bool,
    pub starts: u64,
    pub changes: usize,
    /// Accounts that were taken off.
    pub unlinked: BTreeSet<String>,
    /// The place of the entry that issued a pass which is neither used, nor replaced, nor void.
    pub pass: Option<usize>,
    /// That were added, all together.
    pub minutes: i64,
}

/// How many changes there may be before this one.
fn most_changes(action: &str) -> usize {
    match action {
        "join" => 40,
        "untick" | "withdraw" | "add_minutes" | "correct" => 100,
        _ => usize::MAX,
    }
}

/// As whom one may do this.
fn roles(action: &str) -> &'static [&'static str] {
    match action {
        "enrol" | "correct" => &["organiser"],
        "join" | "start" | "leave" | "finish" | "use_pass" => &["candidate"],
        "tick" | "untick" | "authorise" | "withdraw" | "issue_pass" => &["proctor"],
        "unlink" | "add_minutes" => &["proctor", "organiser"],
        "end" => &["proctor", "finalisation"],
        other => panic!("{other} is no entry of a history"),
    }
}

impl State {
    /// What somebody hears who wishes this, with an attempt token of that start if it is one: `apply`, `already`,
    /// or the refusal. The first line that holds decides.
    pub fn verdict(&self, action: &str, account: &str, start: Option<u64>) -> &'static str {
        let (before, over) = (matches!(self.status, "enrolled" | "present"), matches!(self.status, "finished" | "ended"));
        let others = self.account.as_deref() != Some(account);
        let superseded = start.is_some_and(|start| start != self.starts);
        let reasons: &[(bool, &'static str)] = match action {
            "tick" => &[(over, "test_ended"), (!before, "already_started"), (self.status == "present", "already")],
            "untick" => &[(over, "test_ended"), (!before, "already_started"), (self.status == "enrolled", "already")],
            "join" => &[
                (!others, "already"),
                (self.account.is_some(), "candidate_already_linked"),
                (self.unlinked.contains(account), "account_unlinked"),
            ],
            "add_minutes" | "issue_pass" => &[(over, "test_ended")],
            "use_pass" => &[(over || self.pass.is_none(), "invalid_pass")],
            "correct" => &[],
            "unlink" => &[(!before, "already_started"), (self.account.is_none(), "already")],
            "start" => &[
                (others, "forbidden"),
                (over, "test_ended"),
                (self.status == "enrolled", "not_checked_in"),
                (!before && !self.authorised, "resume_not_authorised"),
            ],
            "leave" => &[
                (others, "forbidden"),
                (before, "not_started"),
                (over, "already"),
                (superseded, "attempt_superseded"),
                (self.status == "interrupted", "already"),
            ],
            "finish" => &[
                (others, "forbidden"),
                (before, "not_started"),
                (self.status == "finished", "already"),
                (over, "test_ended"),
                (superseded, "attempt_superseded"),
            ],
            "authorise" => &[(before, "not_started"), (over, "test_ended"), (self.authorised, "already")],
            "withdraw" => &[(before, "not_started"), (over, "test_ended"), (!self.authorised, "already")],
            "end" => &[(before, "not_started"), (self.status == "ended", "already"), (over, "test_ended")],
            "status" => &[(others, "forbidden"), (true, "already")],
            "board" => &[(true, "already")],
            other => panic!("the rules know no {other}"),
        };
        let reason = reasons.iter().find(|(holds, _)| *holds);
        reason.map_or(if self.changes >= most_changes(action) { "too_many_changes" } else { "apply" }, |(_, reason)| reason)
    }

    /// Where the candidate stands once this is done.
    fn after(&self, action: &str, account: &str) -> Self {
        let mut after = Self { changes: self.changes + 1, ..self.clone() };
        match action {
            "tick" => after.status = "present",
            "untick" => after.status = "enrolled",
            "join" => after.account = Some(account.to_owned()),
            "unlink" => after.unlinked.extend(after.account.take()),
            "issue_pass" => after.pass = Some(self.changes),
            "use_pass" => {
                after.unlinked.extend(after.account.replace(account.to_owned()));
                after.pass = None;
            }
            "add_minutes" | "correct" => {}
            "start" => (after.status, after.authorised, after.starts) = ("in_progress", false, self.starts + 1),
            "leave" => after.status = "interrupted",
            "authorise" => after.authorised = true,
            "withdraw" => after.authorised = false,
            "finish" => (after.status, after.authorised, after.pass) = ("finished", false, None),
            "end" => (after.status, after.authorised, after.pass) = ("ended", false, None),
            other => panic!("{other} changes nothing"),
        }
        after
    }
}

/// The history of a candidate, as they stand in the table, and the state after each entry. Panics unless the rules
/// allow each entry after those before it, and the candidate is what they come to.
pub fn history(item: &Value) -> (Vec<Entry>, Vec<State>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let history = item["history"].as_array().unwrap().iter();
    let entries: Vec<_> = history
        .map(|entry| Entry {
            action: text(&entry["a"]),
            role: text(&entry["r"]),
            account: text(&entry["w"]),
            at: Timestamp::from_millisecond(entry["t"].as_i64().unwrap()).unwrap(),
            minutes: entry["m"].as_i64().unwrap_or(0),
        })
        .collect();
    assert_eq!(item["requests"].as_array().unwrap().len(), entries.len(), "one entry for each request: {item:#}");
    assert_eq!(entries[0].action, "enrol");
    let mut states = vec![State { status: "enrolled", changes: 1, ..State::default() }];
    for entry in &entries {
        assert!(roles(&entry.action).contains(&entry.role.as_str()), "{entry:?}: {item:#}");
    }
    for entry in &entries[1..] {
        let state = states.last().unwrap();
        assert_eq!(state.verdict(&entry.action, &entry.account, None), "apply", "{entry:?} after {state:?}: {item:#}");
        let after = State { minutes: state.minutes + entry.minutes, ..state.after(&entry.action, &entry.account) };
        assert_eq!(entry.action == "add_minutes", entry.minutes != 0, "{entry:?}: {item:#}");
        assert!((0..=720).contains(&after.minutes), "{entry:?} after {state:?}: {item:#}");
        states.push(after);
    }
    let last = states.last().unwrap();
    let comes_to = (last.status, last.account.as_deref(), last.authorised, last.starts, last.minutes);
    let stands = (
        item["status"].as_str().unwrap(),
        item["account"].as_str(),
        item["resumeAuthorised"] == true,
        item["starts"].as_u64().unwrap_or(0),
        item["extraMinutes"].as_i64().unwrap(),
    );
    assert_eq!(stands, comes_to, "the candidate is what the history comes to: {item:#}");
    assert_eq!(item["attempt"].is_string(), last.starts > 0, "{item:#}");
    let is_over = item["closed"] == true || matches!(last.status, "finished" | "ended");
    assert!(
        item["helpSince"].is_null() || last.account.is_some() && !is_over,
        "only who has joined calls, and while there is time: {item:#}"
    );
    (entries, states)
}
