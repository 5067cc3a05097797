//! Tells other systems what changes, and archives what is forgotten. Without a route: Lambda gives it what the stream of the
//! sessions' table says, in place of `archive`, since two may read a stream and `announce` is the other.

mod bus;
pub mod event;
mod told;

pub use bus::{Bus, NotTaken};
pub use told::{NotTold, told};

use archive::{Change, Changes, Object, archive};
use event::Event;
use shared::{
    domain::session::SessionNumber,
    store::{self, Departure},
    stream::Failed,
};
use std::fmt::Display;
use tracing::warn;

/// How many events the bus takes at once. An event has less than 1 KB, and all together may have 256.
const AT_ONCE: usize = 10;

/// Archives by `write` what DynamoDB deleted by itself, and puts on the bus by `put` what else is told, in order; says from
/// where on to try again. What is tried again comes with the same ids.
pub async fn publish<W, E>(
    changes: Changes,
    write: impl Fn(Object) -> W,
    put: impl AsyncFn(Vec<Event>) -> Result<(), NotTaken>,
    departures: impl AsyncFn(SessionNumber) -> store::Result<Vec<Departure>>,
) -> Failed
where
    W: Future<Output = Result<(), E>>,
    E: Display,
{
    let numbers: Vec<_> = changes.records.iter().map(|change| (change.sequence_number().to_owned(), change.is_expiry())).collect();
    let (expired, mut changed): (_, Vec<_>) = changes.records.into_iter().partition(Change::is_expiry);
    let mut failed = archive(Changes { records: expired }, write).await;
    // What comes after what could not be archived is given again with it, and told then.
    let before = numbers.iter().take_while(|(number, _)| failed.first() != Some(number));
    changed.truncate(before.filter(|(_, is_expiry)| !is_expiry).count());
    if let Err(sequence_number) = publish_all(changed, put, departures).await {
        failed.add(sequence_number);
    }
    failed
}

/// Stops where something fails, so that nothing later of a candidate is told before; says where.
async fn publish_all(
    changes: Vec<Change>,
    put: impl AsyncFn(Vec<Event>) -> Result<(), NotTaken>,
    departures: impl AsyncFn(SessionNumber) -> store::Result<Vec<Departure>>,
) -> Result<(), String> {
    let mut events = vec![];
    let mut untold = Ok(());
    for change in changes {
        let sequence_number = change.sequence_number().to_owned();
        match told(change, &departures).await {
            Ok(told) => events.extend(told.into_iter().map(|event| (event, sequence_number.clone()))),
            Err(error) => {
                warn!(%error, "not told");
                untold = Err(sequence_number);
                break;
            }
        }
    }
    while !events.is_empty() {
        let (together, numbers): (Vec<_>, Vec<_>) = events.drain(..apart(&events)).unzip();
        if let Err(error) = put(together).await {
            warn!(%error, "not published");
            return Err(numbers.into_iter().nth(error.first).unwrap_or_default());
        }
    }
    untold
}

/// How many of these go at once: of each candidate one alone, since the bus may take a later event and not an earlier.
fn apart(events: &[(Event, String)]) -> usize {
    let mut at_once = events.iter().take(AT_ONCE).enumerate();
    let again = |(place, (event, _)): &(usize, &(Event, String))| {
        events.iter().take(*place).any(|(earlier, _)| earlier.is_about_the_same_as(event))
    };
    at_once.find(again).map_or(AT_ONCE.min(events.len()), |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use shared::domain::identity::CandidateId;
    use std::{cell::RefCell, future::ready};

    const ZOE: &str = "KZ2XQ5DHP3WJ6YBT7MFA4ECVGU";
    const MAX: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn id(id: &str) -> CandidateId {
        CandidateId::parse(id).unwrap()
    }

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn record(number: u32, old: &Value, new: &Value) -> Value {
        json!({
            "eventName": if new.is_null() { "REMOVE" } else { "MODIFY" },
            "dynamodb": {
                "ApproximateCreationDateTime": 1_800_000_000.0, "SequenceNumber": number.to_string(),
                "OldImage": old.as_object().cloned().unwrap_or_default(), "NewImage": new.as_object().cloned().unwrap_or_default(),
            },
        })
    }

    /// A candidate to whom this has happened, a second after the other.
    fn candidate(id: &str, actions: &[&str]) -> Value {
        let entry = |(second, action): (usize, &&str)| {
            json!({"M": {
                "t": {"N": (1_700_000_000_000 + second * 1000).to_string()}, "a": {"S": action}, "r": {"S": "proctor"}, "w": {"S": "01ACCOUNT"},
                "n": {"L": [{"S": "Ana"}, {"S": "Lima"}]}, "y": {"S": "Alarme incendie"},
            }})
        };
        json!({
            "session": {"S": "95331"}, "sk": {"S": format!("session/{id}")}, "id": {"S": id}, "status": {"S": "in_progress"},
            "lastName": {"S": "Bernard"}, "history": {"L": actions.iter().enumerate().map(entry).collect::<Vec<_>>()},
        })
    }

    fn tick(number: u32, id: &str) -> Value {
        record(number, &candidate(id, &["enrol"]), &candidate(id, &["enrol", "tick"]))
    }

    fn start(number: u32, id: &str) -> Value {
        record(number, &candidate(id, &["enrol", "tick"]), &candidate(id, &["enrol", "tick", "start"]))
    }

    fn expiry(number: u32) -> Value {
        let mut record = record(number, &candidate(ZOE, &["enrol"]), &Value::Null);
        record["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
        record
    }

    struct Published {
        /// `candidate action` of each event, by request.
        put: Vec<Vec<String>>,
        archived: usize,
        failed: Vec<String>,
    }

    async fn published(records: &[Value], takes: impl Fn(&[Event]) -> Result<(), usize>, departures: &[Departure]) -> Published {
        published_and_archived(records, takes, departures, Ok(())).await
    }

    async fn published_and_archived(
        records: &[Value],
        takes: impl Fn(&[Event]) -> Result<(), usize>,
        departures: &[Departure],
        archives: Result<(), &str>,
    ) -> Published {
        let (put, archived) = (RefCell::new(vec![]), RefCell::new(0));
        let name = |event: &Event| match event {
            Event::Candidate(changed) => format!("{} {}", &changed.candidate.as_str()[..1], changed.action.name()),
            other => other.detail_type().to_owned(),
        };
        let write = |_| {
            *archived.borrow_mut() += 1;
            ready(archives)
        };
        let putting = async |events: Vec<Event>| {
            put.borrow_mut().push(events.iter().map(name).collect());
            takes(&events).map_err(|first| NotTaken { first, why: "busy".to_owned() })
        };
        let changes = serde_json::from_value(json!({"Records": records})).unwrap();
        let failed = publish(changes, write, putting, async |_| Ok(departures.to_vec())).await;
        let failed = serde_json::to_value(failed).unwrap()["batchItemFailures"].as_array().unwrap().clone();
        let failed = failed.into_iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect();
        Published { put: put.into_inner(), archived: archived.into_inner(), failed }
    }

    #[tokio::test]
    async fn ten_at_once_and_never_two_of_one_candidate() {
        let ids: Vec<_> = ('A'..='K').map(|letter| letter.to_string().repeat(26)).collect();
        let mut records: Vec<_> = (1..).zip(&ids).map(|(number, id)| tick(number, id)).collect();
        records.push(start(12, &ids[10]));
        let Published { put, failed, .. } = published(&records, |_| Ok(()), &[]).await;
        assert_eq!(put.iter().map(Vec::len).collect::<Vec<_>>(), [10, 1, 1]);
        assert_eq!(put[1..].concat(), ["K tick", "K start"]);
        assert!(failed.is_empty());
    }

    #[tokio::test]
    async fn who_gets_another_id_is_not_told_of_by_both_at_once() {
        let moved = Departure { from: id(ZOE), to: Some(id(MAX)), at: at(1_700_000_001_000) };
        let arrives = record(2, &Value::Null, &candidate(MAX, &["enrol", "correct"]));
        let enrolled = record(1, &Value::Null, &candidate(ZOE, &["enrol"]));
        let Published { put, .. } = published(&[enrolled, arrives], |_| Ok(()), &[moved]).await;
        assert_eq!(put, [["K enrol"], ["A correct"]]);
    }

    #[tokio::test]
    async fn nothing_is_told_before_what_was_not_taken() {
        let records = [tick(1, MAX), tick(2, ZOE), start(3, MAX), start(4, ZOE)];
        let second = |_: &[Event]| Err(1);
        let Published { put, failed, .. } = published(&records, second, &[]).await;
        assert_eq!((put, failed), (vec![vec!["A tick".to_owned(), "K tick".to_owned()]], vec!["2".to_owned()]));
        let unknown = |_: &[Event]| Err(7);
        assert_eq!(published(&records, unknown, &[]).await.failed, [""], "all of them, as Lambda understands it");
    }

    #[tokio::test]
    async fn what_is_not_understood_is_given_again_and_what_was_before_is_told() {
        let mut odd = tick(2, ZOE);
        odd["dynamodb"]["NewImage"]["status"]["S"] = json!("asleep");
        let Published { put, failed, .. } = published(&[tick(1, MAX), odd, start(3, MAX)], |_| Ok(()), &[]).await;
        assert_eq!((put, failed), (vec![vec!["A tick".to_owned()]], vec!["2".to_owned()]));
    }

    #[tokio::test]
    async fn what_expires_is_archived_and_not_told() {
        let Published { put, archived, failed } = published(&[expiry(1), tick(2, MAX), expiry(3)], |_| Ok(()), &[]).await;
        assert_eq!((put.concat(), archived, failed.len()), (vec!["A tick".to_owned()], 1, 0));
    }

    #[tokio::test]
    async fn while_nothing_is_archived_what_will_be_given_again_is_not_told_yet() {
        let mut unarchived = expiry(1);
        unarchived["dynamodb"]["OldImage"] = json!({"session": {"S": "95331"}, "sk": {"S": "pass/TAG"}, "candidate": {"S": "ID"}});
        let records = [unarchived, tick(2, ZOE), expiry(3), tick(4, MAX)];
        let Published { put, failed, .. } = published_and_archived(&records, |_| Ok(()), &[], Err("AccessDenied")).await;
        assert_eq!((put.concat(), failed), (vec!["K tick".to_owned()], vec!["3".to_owned()]));
    }

    #[tokio::test]
    async fn who_is_gone_was_removed_unless_they_moved_or_the_session_goes() {
        let gone = candidate(ZOE, &["enrol", "tick"]);
        let told = async |gone: &Value, departures: &[Departure]| {
            published(&[record(1, gone, &Value::Null)], |_| Ok(()), departures).await.put.concat()
        };
        let moved = |millisecond| Departure { from: id(ZOE), to: Some(id(MAX)), at: at(millisecond) };
        let removed = |millisecond| Departure { from: id(ZOE), to: None, at: at(millisecond) };
        let removal = ["K remove"];
        assert_eq!(told(&gone, &[]).await, removal, "with an import that was taken back");
        assert!(told(&gone, &[moved(1_700_000_001_000)]).await.is_empty());
        assert_eq!(told(&gone, &[moved(1_699_999_999_999)]).await, removal, "another enrolment, before");
        assert!(told(&gone, &[moved(1_700_000_000_500)]).await.is_empty(), "somebody acted while they were being corrected");
        let corrected = candidate(ZOE, &["enrol", "correct"]);
        let arrived = Departure { from: id(MAX), to: Some(id(ZOE)), at: at(1_700_000_001_000) };
        let before = removed(1_700_000_000_500);
        assert!(
            told(&corrected, &[before.clone(), arrived, moved(1_700_000_002_000)]).await.is_empty(),
            "somebody had this id before them"
        );
        assert_eq!(told(&gone, &[moved(1_700_000_009_000), removed(1_700_000_002_000)]).await, removal, "another enrolment, later");
        assert!(told(&gone, &[removed(1_700_000_009_000), moved(1_700_000_002_000)]).await.is_empty());
        assert_eq!(told(&gone, &[Departure { from: id(MAX), ..moved(1_700_000_002_000) }]).await, removal, "somebody else");
        let mut closed = gone.clone();
        closed["closed"] = json!({"BOOL": true});
        assert!(told(&closed, &[]).await.is_empty());
    }

    #[tokio::test]
    async fn what_tells_nothing_makes_no_event() {
        let known = candidate(ZOE, &["enrol", "tick"]);
        let mut waits = known.clone();
        waits["waitingSince"] = json!({"N": "1800000000123"});
        let here = json!({"session": {"S": "95331"}, "sk": {"S": format!("session-here/{ZOE}")}});
        let proctor = json!({"session": {"S": "95331"}, "sk": {"S": "session-proctor/01A"}, "lastName": {"S": "Lima"}});
        let others = ["account/01A", "pass/TAG", "act/R"].map(|sk| json!({"session": {"S": "95331"}, "sk": {"S": sk}}));
        let records: Vec<_> = [record(1, &known, &waits), record(2, &Value::Null, &here), record(3, &Value::Null, &proctor)]
            .into_iter()
            .chain(others.iter().map(|item| record(4, &Value::Null, item)))
            .chain(others.iter().map(|item| record(5, item, &Value::Null)))
            .collect();
        let Published { put, failed, .. } = published(&records, |_| Ok(()), &[]).await;
        assert_eq!((put.len(), failed.len()), (0, 0));
    }
}
