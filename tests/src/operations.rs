//! What the tests know of each operation beside its description: one row each.

use crate::{Room, Value, answer, contract};
use For::{Accounts, Attempts, Candidates, Everybody, InTheRoom, ItsCentre, ItsOrganiser, Organisers, Owners, Proctors, Staff, TestTakers};
use Once::{Enrolled, Joined, Nothing, Passed, Started, Ticked};
use reqwest::Method;
use std::collections::BTreeSet;

/// Whom an operation is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum For {
    Everybody,
    Accounts,
    /// Accounts too, but about themselves, so that they must be in the table.
    Owners,
    Organisers,
    /// Organisers of the centre of whom the path names.
    ItsCentre,
    /// Organisers of the session's centre.
    ItsOrganiser,
    Proctors,
    /// Proctors and organisers of the session's centre.
    Staff,
    Candidates,
    /// Candidates and the exam engine.
    TestTakers,
    /// The exam engine, or the page that shows it.
    Attempts,
    /// Proctors, candidates and the exam engine.
    InTheRoom,
}

/// How far a pupil must have come before.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Once {
    Nothing,
    Enrolled,
    /// The proctor has issued them a pass.
    Passed,
    Joined,
    Ticked,
    Started,
}

/// An operation's id, whom it is for, how far a pupil must have come before; the status of its success, and what a
/// success asks of DynamoDB in a session of three candidates.
type Row = (&'static str, For, Once, u16, &'static [&'static str]);

const TABLE: &[Row] = &[
    (
        "deleteSession",
        ItsOrganiser,
        Enrolled,
        204,
        &[
            "Query",
            "UpdateItem",
            "Query",
            "UpdateItem",
            "UpdateItem",
            "UpdateItem",
            "PutItem",
            "Query",
            "DeleteItem",
            "DeleteItem",
            "DeleteItem",
            "DeleteItem",
        ],
    ),
    ("acceptInvitation", Owners, Nothing, 200, &["GetItem", "GetItem", "GetItem", "TransactWriteItems"]),
    ("addMinutes", Staff, Enrolled, 200, &["UpdateItem"]),
    ("addMinutesSeveral", Staff, Enrolled, 200, &["UpdateItem", "UpdateItem", "UpdateItem"]),
    ("answerCall", InTheRoom, Joined, 200, &["UpdateItem"]),
    ("askForEmailProof", Accounts, Nothing, 202, &["UpdateItem"]),
    ("authoriseResume", Proctors, Started, 200, &["UpdateItem"]),
    ("authoriseResumeSeveral", Proctors, Started, 200, &["UpdateItem", "UpdateItem", "UpdateItem"]),
    ("callProctor", TestTakers, Joined, 200, &["UpdateItem"]),
    ("candidateFinish", TestTakers, Started, 200, &["UpdateItem"]),
    ("candidateHere", Attempts, Started, 200, &["BatchGetItem", "UpdateItem"]),
    ("candidateHistory", Staff, Enrolled, 200, &["BatchGetItem", "Query"]),
    ("candidateJoin", Accounts, Enrolled, 200, &["BatchGetItem", "TransactWriteItems"]),
    ("candidateLeave", TestTakers, Started, 204, &["UpdateItem"]),
    ("candidateStart", Candidates, Ticked, 201, &["UpdateItem"]),
    ("candidateStatus", TestTakers, Joined, 200, &["BatchGetItem"]),
    ("candidateUnlink", Staff, Joined, 200, &["BatchGetItem", "TransactWriteItems"]),
    ("changePassword", Owners, Nothing, 200, &["BatchGetItem", "TransactWriteItems"]),
    ("checkIn", Proctors, Enrolled, 200, &["UpdateItem"]),
    ("checkInSeveral", Proctors, Enrolled, 200, &["UpdateItem", "UpdateItem", "UpdateItem"]),
    ("createSession", Organisers, Nothing, 201, &["PutItem"]),
    ("deleteAccount", Owners, Nothing, 204, &["BatchGetItem", "Query", "TransactWriteItems"]),
    ("editAccount", Owners, Nothing, 200, &["UpdateItem", "Query"]),
    ("editCandidate", ItsOrganiser, Enrolled, 200, &["BatchGetItem", "TransactWriteItems"]),
    ("editSession", ItsOrganiser, Enrolled, 200, &["Query", "TransactWriteItems", "Query", "UpdateItem", "UpdateItem", "UpdateItem"]),
    ("endTest", Proctors, Started, 200, &["UpdateItem"]),
    ("endTestSeveral", Proctors, Started, 200, &["UpdateItem", "UpdateItem", "UpdateItem"]),
    ("enrolCandidates", ItsOrganiser, Nothing, 201, &["GetItem", "TransactWriteItems"]),
    ("finaliseSession", ItsOrganiser, Started, 200, &["UpdateItem", "Query", "UpdateItem", "UpdateItem", "UpdateItem", "UpdateItem"]),
    ("forgottenPassword", Everybody, Nothing, 202, &["UpdateItem"]),
    ("health", Everybody, Nothing, 200, &[]),
    ("importCandidates", ItsOrganiser, Nothing, 201, &["Query", "TransactWriteItems"]),
    ("importSessions", Organisers, Nothing, 201, &["Query", "PutItem", "TransactWriteItems", "TransactWriteItems"]),
    ("inviteOrganiser", Organisers, Nothing, 202, &["GetItem", "UpdateItem", "UpdateItem"]),
    ("issuePass", Proctors, Enrolled, 201, &["TransactWriteItems"]),
    ("listIncidents", Staff, Nothing, 200, &["Query"]),
    ("listSessions", Organisers, Nothing, 200, &["Query"]),
    ("login", Everybody, Nothing, 200, &["GetItem", "UpdateItem"]),
    ("openapi", Everybody, Nothing, 200, &[]),
    ("printAttendance", Staff, Enrolled, 200, &["Query"]),
    ("printKit", Staff, Nothing, 200, &["GetItem"]),
    ("printReport", ItsOrganiser, Nothing, 200, &["Query"]),
    ("proctorKit", Staff, Nothing, 200, &["GetItem"]),
    ("proctorLogin", Accounts, Nothing, 200, &["GetItem", "TransactWriteItems"]),
    ("proveEmail", Everybody, Nothing, 204, &["GetItem", "GetItem", "TransactWriteItems"]),
    ("publicKeys", Everybody, Nothing, 200, &[]),
    ("removeCandidate", ItsOrganiser, Enrolled, 204, &["BatchGetItem", "TransactWriteItems"]),
    ("removeOrganiser", ItsCentre, Nothing, 204, &["GetItem", "TransactWriteItems"]),
    ("renewLogin", Owners, Nothing, 200, &["GetItem"]),
    ("replaceCodes", ItsOrganiser, Enrolled, 200, &["GetItem", "TransactWriteItems", "Query", "UpdateItem", "UpdateItem", "UpdateItem"]),
    ("reportIncident", Staff, Enrolled, 201, &["TransactWriteItems"]),
    ("resetPassword", Everybody, Nothing, 204, &["GetItem", "GetItem", "TransactWriteItems"]),
    ("sessionBoard", Staff, Started, 200, &["Query"]),
    ("sessionReport", ItsOrganiser, Nothing, 200, &["Query"]),
    ("signup", Everybody, Nothing, 201, &["PutItem", "UpdateItem"]),
    ("usePass", Everybody, Passed, 200, &["BatchGetItem", "GetItem", "TransactWriteItems"]),
    ("viewAccount", Owners, Nothing, 200, &["GetItem", "Query"]),
    ("viewCentre", Organisers, Nothing, 200, &["GetItem", "BatchGetItem"]),
    ("withdrawInvitation", Organisers, Nothing, 204, &["GetItem"]),
    ("withdrawResume", Proctors, Started, 200, &["UpdateItem"]),
];

/// An operation: what its description says, and its row.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: Method,
    /// A pattern, as in `/sessions/{session}`.
    pub path: String,
    pub id: &'static str,
    pub whom: For,
    pub once: Once,
    /// Of a success.
    pub status: u16,
    /// Of DynamoDB, for a success.
    pub asks: &'static [&'static str],
    pub takes_key: bool,
    /// The example of a body, if it takes one.
    pub body: Option<Value>,
    /// The names of what a body may lack.
    pub optional: BTreeSet<String>,
}

impl Operation {
    fn of(method: Method, path: String, description: &Value) -> Self {
        let id = answer(description, "operationId");
        let &(id, whom, once, status, asks) =
            TABLE.iter().find(|row| row.0 == id).unwrap_or_else(|| panic!("{id} has no row in tests/src/operations.rs"));
        let mut parameters = description["parameters"].as_array().into_iter().flatten();
        let takes_key = parameters.any(|parameter| parameter["name"] == "Idempotency-Key");
        Self {
            method,
            path,
            id,
            whom,
            once,
            status,
            asks,
            takes_key,
            body: contract::example(description),
            optional: contract::optional(description),
        }
    }
}

/// Every operation there is; panics unless each has its row, and each row its operation.
pub fn operations() -> Vec<Operation> {
    let all: Vec<_> =
        contract::operations().into_iter().map(|(method, path, description)| Operation::of(method, path, &description)).collect();
    let unknown: Vec<_> = TABLE.iter().filter(|row| all.iter().all(|operation| operation.id != row.0)).collect();
    assert!(unknown.is_empty(), "no operation has this row of tests/src/operations.rs: {unknown:?}");
    all
}

/// The operation that takes this request, if one does.
pub fn operation(method: &Method, path: &str) -> Option<Operation> {
    contract::operation(method, path).map(|(path, description)| Operation::of(method.clone(), path.to_owned(), description))
}

/// The number, ids and codes that stand in events and in examples of bodies.
pub const SESSION: &str = "95331";
pub const CANDIDATES: [&str; 3] = ["KZ2XQ5DHP3WJ6YBT7MFA4ECVGU", "B6TQ2WMRA7YJ5XNKD3HZ4OVFLE", "QH4LU3ZC6EPXD2YVM5SG7BRATW"];
const SESSION_PASSWORD: &str = "C-7GHJ4K";
const ACCESS_CODE: &str = "XGDZ46";
/// The account of a colleague that stands there.
pub const COLLEAGUE: &str = "01JZ8K2M3N4P5Q6R7S8T9V0W1Y";
/// What stands there of a link in a letter.
pub const LINK: &str = "q83vASNFZ4mrze8BI0VniQ";
/// The pass that stands there.
pub const PASS: &str = "7GHJ4KXW";

/// The same event or body with this room's instead.
pub fn filled(example: &Value, room: &Room, candidates: &[impl AsRef<str>]) -> Value {
    let mut text = example.to_string().replace(SESSION, &room.number);
    text = text.replace(SESSION_PASSWORD, &room.session_password).replace(ACCESS_CODE, &room.access_code);
    for (example, id) in CANDIDATES.iter().zip(candidates) {
        text = text.replace(example, id.as_ref());
    }
    text.parse().unwrap()
}
