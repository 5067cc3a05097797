//! Sessions with their candidates from a file: looked at, then created.

use crate::anywhere::import::{XLSX, list_of, xlsx};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tests::{Answer, Api, Room, Value, answer, api::email, json};

const CSV: &str = "text/csv";
const HEADING: &str = "Date;Heure;Site;Salle;Surveillant;Durée;Nom;Prénom;Né(e) le;Tiers temps";

/// Sends a file, with this query.
pub async fn send(api: &Api, organiser: &str, query: &str, key: &str, media_type: &str, file: impl Into<Vec<u8>>) -> Answer {
    let call = api.post(format!("/sessions/import{query}")).token(organiser).header("content-type", media_type);
    let call = if key.is_empty() { call } else { call.key(key) };
    call.header("accept-language", "en").body(file.into()).send().await
}

async fn look(api: &Api, organiser: &str, file: impl Into<Vec<u8>>) -> Answer {
    send(api, organiser, "?dryRun=true", "", CSV, file).await
}

async fn create(api: &Api, organiser: &str, key: &str, file: impl Into<Vec<u8>>) -> Answer {
    send(api, organiser, "", key, CSV, file).await
}

/// A site at which nobody else has sessions.
pub fn site() -> String {
    email("s").chars().take(28).collect()
}

/// Two sessions there, with three candidates.
fn list(site: &str) -> String {
    [
        HEADING,
        &format!("15/06/2126;9:00;{site};12;AED;60;BERNARD;Zoé;31/05/2012;33 %"),
        &format!("15/06/2126;9:00;{site};12;;;Martin;Camille;14/03/2012;"),
        &format!("15/06/2126;14h00;{site};12;;;Diop;Awa;02/01/2012;"),
    ]
    .join("\r\n")
}

/// A list of one session with the people of these numbers.
pub fn session_of(site: &str, room: &str, numbers: std::ops::Range<usize>) -> String {
    let people = list_of(numbers);
    let lines = people.lines().skip(1).map(|line| format!("15/06/2126;9:00;{site};{room};{line}\n"));
    "Date;Heure;Site;Salle;Nom;Prénom;Né le\n".to_owned() + &lines.collect::<String>()
}

/// What a list comes to: candidates that are ready, or enrolled, and lines that are blocked.
fn counts(answer: &Value) -> [u64; 3] {
    ["ready", "enrolled", "blocked"].map(|count| answer[count].as_u64().unwrap())
}

/// Of each session, what it is and how many are enrolled in it by this.
fn statuses(answer: &Value) -> Vec<(String, u64)> {
    let sessions = answer["sessions"].as_array().unwrap().iter();
    sessions.map(|session| (self::answer(session, "status"), session["candidates"].as_u64().unwrap())).collect()
}

fn is(statuses: &[(&str, u64)]) -> Vec<(String, u64)> {
    statuses.iter().map(|(status, candidates)| ((*status).to_owned(), *candidates)).collect()
}

fn numbers(answer: &Value) -> Vec<String> {
    answer["sessions"].as_array().unwrap().iter().map(|session| self::answer(session, "number")).collect()
}

/// The organiser's sessions at a site, by time.
async fn sessions_at(api: &Api, organiser: &str, site: &str) -> Vec<Value> {
    let listed = api.get("/sessions?limit=100").token(organiser).send().await.ok();
    let mut sessions: Vec<_> = listed["sessions"].as_array().unwrap().iter().filter(|session| session["site"] == site).cloned().collect();
    sessions.sort_by_key(|session| answer(session, "time"));
    sessions
}

async fn board(api: &Api, organiser: &str, number: &str) -> Value {
    api.get(format!("/sessions/{number}/board")).token(organiser).send().await.ok()
}

#[tokio::test]
async fn a_list_is_looked_at_and_then_its_sessions_are_created() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let seen = look(&api, &organiser, list(&site)).await.ok();
    let candidate = |last: &str, first: &str, born: &str| json!({"lastName": last, "firstName": first, "birthdate": born});
    let mut zoe = candidate("BERNARD", "Zoé", "2012-05-31");
    zoe["extraTimePercent"] = json!(33);
    assert_eq!(
        seen,
        json!({
            "sessions": [
                {"line": 2, "status": "ready", "date": "2126-06-15", "time": "09:00", "timeZone": "Europe/Paris", "site": site,
                    "room": "12", "examiner": "AED", "durationMinutes": 60, "candidates": 2, "places": 300, "otherwise": []},
                {"line": 4, "status": "ready", "date": "2126-06-15", "time": "14:00", "timeZone": "Europe/Paris", "site": site,
                    "room": "12", "durationMinutes": 105, "candidates": 1, "places": 300, "otherwise": []},
            ],
            "lines": [
                {"line": 2, "session": 0, "status": "ready", "findings": [], "candidate": zoe},
                {"line": 3, "session": 0, "status": "ready", "findings": [], "candidate": candidate("Martin", "Camille", "2012-03-14")},
                {"line": 4, "session": 1, "status": "ready", "findings": [], "candidate": candidate("Diop", "Awa", "2012-01-02")},
            ],
            "ready": 3, "enrolled": 0, "blocked": 0, "missingColumns": [], "ignoredColumns": [], "suspectColumns": [], "otherSheets": [],
        })
    );
    assert_eq!(sessions_at(&api, &organiser, &site).await, Vec::<Value>::new());

    let done = create(&api, &organiser, "", list(&site)).await;
    assert_eq!((done.status, counts(&done.body), statuses(&done.body)), (201, [3, 0, 0], is(&[("ready", 2), ("ready", 1)])));
    let [morning, afternoon] = &sessions_at(&api, &organiser, &site).await[..] else { panic!("two sessions") };
    assert_eq!([answer(morning, "number"), answer(afternoon, "number")].to_vec(), numbers(&done.body));
    assert_eq!([&morning["candidateCount"], &afternoon["candidateCount"]], [2, 1]);
    assert_eq!([&morning["examiner"], &morning["durationMinutes"], &afternoon["time"]], [&json!("AED"), &json!(60), &json!("14:00")]);
    let there = board(&api, &organiser, &answer(morning, "number")).await;
    assert_eq!([&there["candidates"][0]["lastName"], &there["candidates"][0]["extraTimePercent"]], [&json!("BERNARD"), &json!(33)]);

    // It is a session like others: its kit has codes that let people in.
    let kit = api.get(format!("/sessions/{}/kit", answer(morning, "number"))).token(&organiser).send().await.ok();
    let room = Room::of(&api, organiser.clone(), &kit);
    room.another_proctor().await;

    // What is there is passed over, and who is new comes in.
    let longer = list(&site) + &format!("\r\n15/06/2126;14:00;{};12;;;Roux;Noé;03/01/2012;", site.to_uppercase());
    let seen = look(&api, &organiser, longer.as_str()).await.ok();
    assert_eq!((counts(&seen), statuses(&seen), numbers(&seen)), ([1, 3, 0], is(&[("exists", 0), ("exists", 1)]), numbers(&done.body)));
    let again = create(&api, &organiser, "", longer).await.ok();
    assert_eq!((counts(&again), statuses(&again)), ([1, 3, 0], is(&[("exists", 0), ("exists", 1)])));
    let sessions = sessions_at(&api, &organiser, &site).await;
    assert_eq!(sessions.iter().map(|session| session["candidateCount"].clone()).collect::<Vec<_>>(), [2, 2]);
}

#[tokio::test]
async fn a_session_that_was_created_by_hand_is_found_and_stays_as_it_is() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let new = json!({"date": "2126-06-15", "time": "09:00", "site": site.to_uppercase(), "room": "12", "examiner": "Roux"});
    let kit = api.post("/sessions").token(&organiser).json(&new).send().await.ok();
    let seen = look(&api, &organiser, list(&site)).await.ok();
    assert_eq!(statuses(&seen), is(&[("exists", 2), ("ready", 1)]));
    let [there, _] = &seen["sessions"].as_array().unwrap()[..] else { panic!("two sessions") };
    assert_eq!([&there["number"], &there["examiner"], &there["durationMinutes"]], [&kit["number"], &json!("Roux"), &json!(105)]);
    assert_eq!(there["otherwise"], json!(["examiner", "durationMinutes"]));
    let done = create(&api, &organiser, "", list(&site)).await.ok();
    assert_eq!((counts(&done), &done["sessions"][0]["number"]), ([3, 0, 0], &kit["number"]));
    let board = board(&api, &organiser, &answer(&kit, "number")).await;
    assert_eq!([&board["session"]["examiner"], &board["session"]["durationMinutes"]], [&json!("Roux"), &json!(105)]);
}

#[tokio::test]
async fn sessions_without_candidates_are_created_too_in_the_time_zone_of_the_centre() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let list = format!("Date;Heure;Site;Salle\n15/06/2126;9:00;{site};12\n15/06/2126;9:00;{site};13\n");
    let done = send(&api, &organiser, "?timeZone=Indian/Reunion", "", CSV, list.as_str()).await;
    assert_eq!((done.status, counts(&done.body), statuses(&done.body)), (201, [0, 0, 0], is(&[("ready", 0), ("ready", 0)])));
    assert_eq!(done.body["lines"][0], json!({"line": 2, "session": 0, "status": "ready", "findings": []}));
    let sessions = sessions_at(&api, &organiser, &site).await;
    assert_eq!(sessions.iter().map(|session| answer(session, "opensAt")).collect::<Vec<_>>(), ["2126-06-15T03:00:00Z"; 2]);
    let seen = look(&api, &organiser, list).await.ok();
    assert_eq!((statuses(&seen), &seen["lines"][0]["status"]), (is(&[("exists", 0), ("exists", 0)]), &json!("enrolled")));
}

#[tokio::test]
async fn what_is_wrong_is_told_by_line_and_nothing_is_created() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let list = [
        HEADING,
        &format!("15/06/2126;9:00;{site};12;AED;;Bernard;Zoé;31/05/2012;"),
        &format!("31/06/2126;25:00;{site};;;;Martin;Camille;14/03/2012;"),
        &format!("15/06/2126;9:00;{site};12;Roux;4;Martin;Camille;31/02/2012;"),
        &format!("15/06/2126;9:00;{site};12;;;zoé;BERNARD;31/05/2012;"),
        &format!("15/06/2126;9:00;{site};13;;;Martin;Camille;14/03/2012;"),
        ";;;;;;Diop;Awa;02/01/2012;",
    ]
    .join("\n");
    let seen = look(&api, &organiser, list.as_str()).await.ok();
    assert_eq!((counts(&seen), statuses(&seen)), ([2, 0, 4], is(&[("blocked", 1), ("ready", 1)])));
    let told = |line: usize| {
        let findings = seen["lines"][line]["findings"].as_array().unwrap().iter();
        findings.map(|finding| format!("{}: {}", finding["field"].as_str().unwrap_or("-"), answer(finding, "message"))).collect::<Vec<_>>()
    };
    assert_eq!(
        told(1),
        [
            "date: This date does not exist; write the day, then the month, then the year.",
            "time: This time can't be read; write it like 9:00 or 14:30.",
            "room: This field is required."
        ]
    );
    assert_eq!(
        told(2),
        [
            "durationMinutes: The value must be between 5 and 720.",
            "examiner: Line 2 says something else of the same session.",
            "birthdate: This date does not exist; write the day, then the month, then the year."
        ]
    );
    let refused = create(&api, &organiser, "", list).await;
    assert_eq!(
        refused.bad_fields(),
        [
            "lines[1].date invalid_date",
            "lines[1].time invalid_time",
            "lines[1].room required",
            "lines[2].durationMinutes out_of_range",
            "lines[2].examiner invalid",
            "lines[2].birthdate invalid_date",
            "lines[3] already_enrolled",
            "lines[5].date required",
            "lines[5].time required",
            "lines[5].site required",
            "lines[5].room required",
        ]
    );
    assert_eq!(sessions_at(&api, &organiser, &site).await, Vec::<Value>::new());
    let refused = send(&api, &organiser, "?dryRun=yes&nameOrder=first&timeZone=Paris", "", CSV, "x").await;
    assert_eq!(refused.bad_fields(), ["dryRun wrong_type", "nameOrder invalid", "timeZone invalid_time_zone"]);
    let refused = send(&api, &organiser, "?dry_run=true", "", CSV, "x").await;
    assert_eq!(refused.bad_fields(), ["dry_run unknown"], "or it would create");
    let class_list = "Nom;Prénom;Né le\nBernard;Zoé;31/05/2012";
    let seen = look(&api, &organiser, class_list).await.ok();
    assert_eq!((&seen["missingColumns"], &seen["sessions"]), (&json!(["date", "time", "site", "room"]), &json!([])));
    let without_candidates = format!("Date;Heure;Site;Salle;Nom\n15/06/2126;9h00;{site};12;");
    assert_eq!(look(&api, &organiser, without_candidates.clone()).await.ok()["blocked"], 0);
    assert_eq!(send(&api, &organiser, "", "", CSV, without_candidates).await.status, 201, "as the dry run said");
    let refused = send(&api, &organiser, "", "", CSV, class_list).await;
    assert_eq!(refused.bad_fields(), ["columns.date required", "columns.time required", "columns.site required", "columns.room required"]);
}

#[tokio::test]
async fn spreadsheets_are_read_too_and_what_is_no_list_is_refused() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let rows = [["Date", "Heure", "Site", "Salle"], ["15/06/2126", "9h00", &site, "12"]];
    let seen = send(&api, &organiser, "?dryRun=true", "", XLSX, xlsx(&rows)).await.ok();
    assert_eq!(statuses(&seen), is(&[("ready", 0)]));
    send(&api, &organiser, "?dryRun=true", "", "application/json", "{}").await.refused(415, "unsupported_media_type");
    for (media_type, file, why) in [
        (CSV, HEADING.into(), "nothing but headings"),
        (CSV, "a\n".repeat(1_000_000).into_bytes(), "too many lines"),
        (XLSX, b"PK\x03\x04".to_vec(), "incomplete or damaged"),
    ] {
        let refused = send(&api, &organiser, "", "", media_type, file).await;
        let detail = answer(&refused.refused(422, "unreadable_file").body, "detail");
        assert!(detail.contains(why), "{detail}");
    }
}

#[tokio::test]
async fn a_session_takes_no_more_candidates_than_any_other() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let full = session_of(&site, "12", 0..301);
    let seen = look(&api, &organiser, full.as_str()).await.ok();
    assert_eq!((statuses(&seen), &seen["sessions"][0]["places"]), (is(&[("blocked", 301)]), &json!(300)));
    create(&api, &organiser, "", full).await.refused(409, "session_full");
    assert_eq!(sessions_at(&api, &organiser, &site).await, Vec::<Value>::new());

    let done = create(&api, &organiser, "key", session_of(&site, "12", 0..300)).await.ok();
    assert_eq!((counts(&done), statuses(&done)), ([300, 0, 0], is(&[("ready", 300)])));
    assert_eq!(sessions_at(&api, &organiser, &site).await[0]["candidateCount"], 300);
    let again = create(&api, &organiser, "key", session_of(&site, "12", 0..300)).await.ok();
    assert_eq!(again, done);
    create(&api, &organiser, "", session_of(&site, "12", 299..301)).await.refused(409, "session_full");
}

#[tokio::test]
async fn who_is_new_is_not_enrolled_in_a_finalised_session() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let done = create(&api, &organiser, "", session_of(&site, "12", 0..2)).await.ok();
    let number = numbers(&done).remove(0);
    api.post(format!("/sessions/{number}/finalise")).token(&organiser).send().await.ok();
    assert_eq!(statuses(&create(&api, &organiser, "", session_of(&site, "12", 0..2)).await.ok()), is(&[("exists", 0)]));
    let longer = session_of(&site, "12", 0..3) + session_of(&site, "13", 0..1).lines().last().unwrap();
    assert_eq!(statuses(&look(&api, &organiser, longer.as_str()).await.ok()), is(&[("finalised", 1), ("ready", 1)]));
    create(&api, &organiser, "", longer).await.refused(409, "session_finalised");
    assert_eq!(sessions_at(&api, &organiser, &site).await.len(), 1, "nothing is created beside it");
}

#[tokio::test]
async fn a_retry_answers_as_the_first_did_and_another_file_is_another_import() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let key = email("key").chars().take(64).collect::<String>();
    let first = create(&api, &organiser, &key, list(&site)).await;
    let again = create(&api, &organiser, &key, list(&site).replace("31/05/2012", "2012-05-31").replace(';', ",")).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    let look_again = send(&api, &organiser, "?dryRun=true", &key, CSV, list(&site)).await.ok();
    assert_eq!((statuses(&look_again), numbers(&look_again)), (statuses(&first.body), numbers(&first.body)));
    create(&api, &organiser, &key, list(&self::site())).await.refused(409, "key_reused");
    create(&api, &organiser, &key, list(&site) + "\n").await.ok();
    create(&api, &organiser, &key, list(&site).replace("Diop", "Roux")).await.refused(409, "key_reused");
    // A session that was moved since is still the one that was created.
    let [morning, afternoon] = &numbers(&first.body)[..] else { panic!("two sessions") };
    let edit = api.patch(format!("/sessions/{morning}")).token(&organiser).json(&json!({"date": "2126-06-16"}));
    edit.send().await.ok();
    let again = create(&api, &organiser, &key, list(&site)).await.ok();
    assert_eq!((numbers(&again), &again["sessions"][0]["date"]), (numbers(&first.body), &json!("2126-06-16")));
    assert_eq!(sessions_at(&api, &organiser, &site).await.len(), 2);
    // One that was deleted stays deleted.
    api.delete(format!("/sessions/{afternoon}")).token(&organiser).send().await.ok();
    create(&api, &organiser, &key, list(&site)).await.refused(409, "key_reused");
    assert_eq!(sessions_at(&api, &organiser, &site).await.len(), 1);
    // Whoever sends it anew wants them: neither the moved nor the deleted one is there.
    let anew = create(&api, &organiser, "", list(&site)).await.ok();
    assert_eq!(statuses(&anew), is(&[("ready", 2), ("ready", 1)]));
    assert!(numbers(&anew).iter().all(|number| number != morning && number != afternoon));
    assert_eq!(sessions_at(&api, &organiser, &site).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_once_create_each_session_and_enrol_everybody_once() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, site());
    let keys = [email("a"), email("b")].map(|key| key.chars().take(64).collect::<String>());
    let (mine, theirs) = (session_of(&site, "12", 0..120), session_of(&site, "12", 60..150));
    let sent = [(&keys[0], &mine), (&keys[0], &mine), (&keys[1], &theirs), (&keys[1], &theirs)];
    let answers = join_all(sent.map(|(key, file)| create(&api, &organiser, key, file.as_str()))).await;
    for answered in &answers {
        assert!([201, 503].contains(&answered.status), "{}", answered.body);
    }
    // Whoever was told to come back does.
    for (key, file) in sent {
        create(&api, &organiser, key, file.as_str()).await.ok();
    }
    let sessions = sessions_at(&api, &organiser, &site).await;
    assert_eq!(sessions.iter().map(|session| session["candidateCount"].clone()).collect::<Vec<_>>(), [150]);
    assert_eq!(board(&api, &organiser, &answer(&sessions[0], "number")).await["candidates"].as_array().unwrap().len(), 150);
}

#[tokio::test]
async fn sessions_are_imported_by_organisers_for_their_own_centre() {
    let api = Api::anywhere().await;
    let (organiser, other, site) = (api.organiser().await, api.other_organiser().await, site());
    look(&api, "", list(&site)).await.refused(401, "unauthenticated");
    look(&api, &api.account().await, list(&site)).await.refused(403, "forbidden");
    let room = Room::organised(&api, organiser.clone(), Timestamp::now() + SignedDuration::from_hours(1)).await;
    look(&api, &room.proctor, list(&site)).await.refused(401, "unauthenticated");
    // At the same place and time, another centre has sessions of its own.
    let one = create(&api, &organiser, "", list(&site)).await.ok();
    assert_eq!(statuses(&look(&api, &other, list(&site)).await.ok()), is(&[("ready", 2), ("ready", 1)]));
    let theirs = create(&api, &other, "", list(&site)).await.ok();
    assert!(numbers(&one).iter().all(|number| !numbers(&theirs).contains(number)));
    api.get(format!("/sessions/{}/board", numbers(&theirs)[0])).token(&organiser).send().await.refused(404, "session_not_found");
}

#[tokio::test]
async fn long_texts_are_shown_short_and_kept_whole() {
    let api = Api::anywhere().await;
    let (organiser, site) = (api.organiser().await, format!("{}{}", site(), "é".repeat(150)));
    let done = create(&api, &organiser, "", list(&site)).await.ok();
    assert_eq!(answer(&done["sessions"][0], "site").chars().count(), 41);
    assert_eq!(sessions_at(&api, &organiser, &site).await.len(), 2);
}
