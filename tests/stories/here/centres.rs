//! Centres: who organises together, who comes and who goes.

use super::letters::links;
use crate::anywhere::accounts::{RIGHT, account, log_in, sign_up};
use aws_sdk_dynamodb::types::AttributeValue;
use local::functions::{grant_organiser, revoke_organiser};
use shared::{
    domain::{
        account::{Account, Email, Role},
        centre::{Centre, CentreId, MAX_MEMBERS},
        name::Label,
        refusal::Refusal,
        request::RequestId,
    },
    http::token::{Claims, Kind},
    store,
};
use std::collections::BTreeSet;
use tests::{Answer, Room, Value, World, answer, api::email, json, record::claims};

/// What the operator is told who makes somebody an organiser, whose address is proved if it has an account.
pub async fn grant(world: &World, event: Value) -> Result<Value, String> {
    let pk = format!("account#{}", answer(&event, "email").to_lowercase());
    let prove = world.dynamo.update_item().table_name(local::database::ACCOUNTS).key("pk", AttributeValue::S(pk));
    let prove = prove.update_expression("SET emailProvedAt = :now").condition_expression("attribute_exists(id)");
    let now = AttributeValue::N(world.now().as_millisecond().to_string());
    // Nobody may have it.
    let _ = prove.expression_attribute_values(":now", now).send().await;
    grant_as_it_is(world, event).await
}

async fn grant_as_it_is(world: &World, event: Value) -> Result<Value, String> {
    let granted = grant_organiser::grant(&world.app, serde_json::from_value(event).unwrap()).await;
    granted.map(|granted| serde_json::to_value(granted).unwrap()).map_err(|refused| refused.to_string())
}

/// The same who takes the role from somebody.
pub async fn revoke(world: &World, email: &str) -> Result<Value, String> {
    let revoked = revoke_organiser::revoke(&world.app, serde_json::from_value(json!({"email": email})).unwrap()).await;
    revoked.map(|revoked| serde_json::to_value(revoked).unwrap()).map_err(|refused| refused.to_string())
}

/// Somebody with an account.
struct Person<'a> {
    world: &'a World,
    email: String,
    id: String,
}

impl<'a> Person<'a> {
    async fn new(world: &'a World, first_name: &str, last_name: &str) -> Self {
        let email = email("centre");
        let mut person = account(&email, RIGHT);
        (person["firstName"], person["lastName"]) = (json!(first_name), json!(last_name));
        let id = answer(&sign_up(world, &email, &person).await.ok(), "id");
        Self { world, email, id }
    }

    /// An organiser of a new centre, and its id.
    async fn first(world: &'a World) -> (Self, String) {
        let first = Self::new(world, "Ève", "Adam").await;
        let granted = grant(world, json!({"email": first.email, "newCentreName": "Lycée Ada"})).await.unwrap();
        (first, answer(&granted["centre"], "id"))
    }

    async fn joins(&self, centre: &str) {
        grant(self.world, json!({"email": self.email, "centreId": centre})).await.unwrap();
    }

    async fn login(&self) -> Value {
        log_in(self.world, &self.email, RIGHT).await.ok()
    }

    async fn token(&self) -> String {
        answer(&self.login().await, "accessToken")
    }

    async fn erases(&self) -> Answer {
        self.world.delete("/account").token(&self.token().await).json(&json!({"password": RIGHT})).send().await
    }

    fn shown(&self, first_name: &str, last_name: &str) -> Value {
        json!({"id": self.id, "firstName": first_name, "lastName": last_name, "email": self.email})
    }
}

async fn view(world: &World, token: &str) -> Answer {
    world.get("/centre").token(token).send().await
}

async fn remove(world: &World, token: &str, account: &str, key: &str) -> Answer {
    world.delete(format!("/centre/members/{account}")).token(token).key(key).send().await
}

async fn item(world: &World, pk: &str) -> Option<std::collections::HashMap<String, AttributeValue>> {
    let key = AttributeValue::S(pk.to_owned());
    world.dynamo.get_item().table_name(local::database::ACCOUNTS).key("pk", key).send().await.unwrap().item
}

/// What happens to an account that nobody logged in to for long enough.
async fn forget_account(world: &World, email: &str) {
    let key = AttributeValue::S(format!("account#{email}"));
    world.dynamo.delete_item().table_name(local::database::ACCOUNTS).key("pk", key).send().await.unwrap();
}

fn sub(token: &str) -> String {
    answer(&claims(token), "sub")
}

#[tokio::test]
async fn a_centre_shows_who_organises_together() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let [ben, zoe] = [Person::new(&world, "Ben", "éric").await, Person::new(&world, "Zoé", "Adam").await];
    ben.joins(&centre).await;
    zoe.joins(&centre).await;
    let login = ben.login().await;
    let own = json!({"id": centre, "name": "Lycée Ada"});
    assert_eq!((&login["account"]["centre"], &login["account"]["roles"]), (&own, &json!(["organiser"])));
    let members = json!([eve.shown("Ève", "Adam"), zoe.shown("Zoé", "Adam"), ben.shown("Ben", "éric")]);
    let shown = view(&world, &answer(&login, "accessToken")).await.ok();
    assert_eq!(shown, json!({"id": centre, "name": "Lycée Ada", "members": members, "invitations": []}));
    let nobody = Person::new(&world, "Noé", "Nul").await.login().await;
    assert!(nobody["account"].get("centre").is_none() && nobody["account"]["roles"] == json!([]), "{nobody}");
    view(&world, &answer(&nobody, "accessToken")).await.refused(403, "forbidden");
}

#[tokio::test]
async fn organisers_of_a_centre_have_the_same_sessions() {
    let world = World::new().await;
    let room = Room::open(&world).await;
    let [colleague, other] = [world.colleague(&room.organiser).await, world.other_organiser().await];
    let theirs = Room::organised(&world, colleague.clone(), world.now()).await;
    let listed = async |token: &str| {
        let listed = world.get("/sessions").token(token).send().await.ok();
        listed["sessions"].as_array().unwrap().iter().map(|session| answer(session, "number")).collect::<Vec<_>>()
    };
    let both = listed(&room.organiser).await;
    assert_eq!(both.iter().collect::<BTreeSet<_>>(), BTreeSet::from([&room.number, &theirs.number]));
    assert_eq!(listed(&colleague).await, both);
    assert!(listed(&other).await.is_empty());
    let first = world.get("/sessions?limit=1").token(&room.organiser).send().await.ok();
    let rest = world.get(format!("/sessions?cursor={}", answer(&first, "nextCursor"))).token(&colleague).send().await.ok();
    assert_eq!(answer(&rest["sessions"][0], "number"), both[1], "a page leads on for a colleague too");

    let delete = |token: &str, key: &str| world.delete(room.path("")).token(token).key(key).send();
    delete(&other, "1").await.refused(404, "session_not_found");
    assert_eq!(delete(&colleague, "1").await.status, 204);
    assert_eq!(delete(&colleague, "1").await.status, 204, "a retry");
    delete(&room.organiser, "1").await.refused(404, "session_not_found");
    assert_eq!(listed(&colleague).await, [theirs.number]);
}

#[tokio::test]
async fn whoever_was_removed_has_no_centre_at_once_and_no_sessions_from_the_next_login_on() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    ben.joins(&centre).await;
    let [eves, bens] = [eve.token().await, ben.token().await];
    assert_eq!(remove(&world, &eves, &ben.id, "1").await.status, 204);

    view(&world, &bens).await.refused(403, "forbidden");
    remove(&world, &bens, &eve.id, "1").await.refused(403, "forbidden");
    assert_eq!(view(&world, &eves).await.ok()["members"], json!([eve.shown("Ève", "Adam")]));
    world.get("/sessions").token(&bens).send().await.ok();
    let login = ben.login().await;
    assert!(login["account"].get("centre").is_none() && login["account"]["roles"] == json!([]), "{login}");
    world.get("/sessions").token(&answer(&login, "accessToken")).send().await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_removal_is_repeated_only_by_the_same_request_and_only_while_it_holds() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    ben.joins(&centre).await;
    let [eves, bens] = [eve.token().await, ben.token().await];
    for _ in 0..2 {
        assert_eq!(remove(&world, &eves, &ben.id, "1").await.status, 204);
    }
    remove(&world, &eves, &ben.id, "2").await.refused(404, "not_found");
    ben.joins(&centre).await;
    remove(&world, &eves, &ben.id, "1").await.refused(409, "key_reused");
    view(&world, &bens).await.ok();
    for _ in 0..2 {
        assert_eq!(remove(&world, &bens, &ben.id, "1").await.status, 204, "who leaves is told so again, too");
    }
    remove(&world, &bens, &ben.id, "2").await.refused(403, "forbidden");
    remove(&world, &eves, &eve.id, "3").await.refused(409, "last_member");
    view(&world, &eves).await.ok();
}

#[tokio::test]
async fn an_account_that_is_gone_is_removed_and_does_not_come_back() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let eves = eve.token().await;
    for signs_up_again in [false, true] {
        let ben = Person::new(&world, "Ben", "Bot").await;
        ben.joins(&centre).await;
        let pk = format!("account#{}", ben.email);
        forget_account(&world, &ben.email).await;
        let mut before = None;
        if signs_up_again {
            sign_up(&world, "another", &account(&ben.email, RIGHT)).await.ok();
            grant(&world, json!({"email": ben.email, "newCentreName": "Lycée Bot"})).await.unwrap();
            before = item(&world, &pk).await;
        }
        assert_eq!(view(&world, &eves).await.ok()["members"].as_array().unwrap().len(), 1, "who is gone is not shown");
        assert_eq!(remove(&world, &eves, &ben.id, "1").await.status, 204);
        assert_eq!(item(&world, &pk).await, before);
        remove(&world, &eves, &ben.id, "2").await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn whoever_erases_their_account_leaves_the_centre_even_as_the_last() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let room = Room::organised(&world, eve.token().await, world.now()).await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    ben.joins(&centre).await;
    assert_eq!(ben.erases().await.status, 204);
    let stored = async || item(&world, &format!("centre#{centre}")).await.unwrap();
    let left = stored().await;
    assert!(!format!("{left:?}").contains(&ben.email) && left["members"].as_m().unwrap().contains_key(&eve.id), "{left:?}");
    remove(&world, &room.organiser, &eve.id, "1").await.refused(409, "last_member");

    assert_eq!(eve.erases().await.status, 204);
    assert!(stored().await["members"].as_m().unwrap().is_empty());
    view(&world, &room.organiser).await.refused(403, "forbidden");
    let cleo = Person::new(&world, "Cléo", "Cy").await;
    cleo.joins(&centre).await;
    world.get(room.path("/kit")).token(&cleo.token().await).send().await.ok();
}

#[tokio::test]
async fn an_account_is_erased_with_the_centre_that_it_has_when_that_is_written() {
    let world = World::new().await;
    let (_, centre) = Person::first(&world).await;
    let members = async || item(&world, &format!("centre#{centre}")).await.unwrap()["members"].as_m().unwrap().len();
    let [ben, cleo] = [Person::new(&world, "Ben", "Bot").await, Person::new(&world, "Cléo", "Cy").await];
    let as_read = read_account(&world, &ben.email).await;
    ben.joins(&centre).await;
    let replaced = Account { password_hash: "another".to_owned(), ..as_read.clone() };
    let refused = world.app.store().delete_account(replaced, world.now()).await;
    assert!(matches!(refused, Err(store::Error::Refused(Refusal::InvalidCredentials))));
    assert_eq!(members().await, 2);
    world.app.store().delete_account(as_read, world.now()).await.unwrap();
    assert_eq!((members().await, item(&world, &format!("account#{}", ben.email)).await), (1, None));

    cleo.joins(&centre).await;
    let as_read = read_account(&world, &cleo.email).await;
    revoke(&world, &cleo.email).await.unwrap();
    world.app.store().delete_account(as_read, world.now()).await.unwrap();
    assert_eq!((members().await, item(&world, &format!("account#{}", cleo.email)).await), (1, None));
}

#[tokio::test]
async fn who_erases_their_account_while_others_come_and_go_leaves_all_the_same() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let eves = eve.token().await;
    for key in ["1", "2", "3", "4", "5"] {
        let [ben, cleo] = [Person::new(&world, "Ben", "Bot").await, Person::new(&world, "Cléo", "Cy").await];
        ben.joins(&centre).await;
        let (erased, removed, ()) = tokio::join!(ben.erases(), remove(&world, &eves, &ben.id, key), cleo.joins(&centre));
        assert_eq!(erased.status, 204, "{}", erased.body);
        assert!(removed.status == 204 || removed.code() == "not_found", "{}", removed.body);
        let members = item(&world, &format!("centre#{centre}")).await.unwrap()["members"].clone();
        let members = members.as_m().unwrap();
        assert!(!members.contains_key(&ben.id) && members.contains_key(&cleo.id), "{members:?}");
    }
}

#[tokio::test]
async fn of_two_who_remove_each_other_one_stays() {
    let world = World::new().await;
    for _ in 0..10 {
        let ada = world.organiser().await;
        let ben = world.colleague(&ada).await;
        let (adas, bens) = (sub(&ada), sub(&ben));
        let (by_ada, by_ben) = tokio::join!(remove(&world, &ada, &bens, "1"), remove(&world, &ben, &adas, "1"));
        let (stays, refused) = if by_ada.status == 204 { (&ada, by_ben) } else { (&ben, by_ada) };
        refused.refused(403, "forbidden");
        assert_eq!(view(&world, stays).await.ok()["members"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_removal_counts_what_the_centre_is_when_it_is_written() {
    let world = World::new().await;
    let ada = world.organiser().await;
    let colleagues = [world.colleague(&ada).await, world.colleague(&ada).await].map(|token| sub(&token));
    let id = CentreId::parse(&answer(&claims(&ada), "centre")).unwrap();
    let before = world.app.store().centre(&id).await.unwrap().unwrap();
    let remove = async |account: &str, by: &str, key: &str| {
        world.app.store().remove_organiser(before.clone(), account, by, &RequestId::of(key, &[]), world.now()).await
    };
    let (own, [ben, cleo]) = (sub(&ada), &colleagues);
    remove(ben, &own, "1").await.unwrap();
    assert!(matches!(remove(&own, ben, "2").await, Err(store::Error::Refused(Refusal::Forbidden))), "is no member any more");
    assert!(matches!(remove(ben, cleo, "3").await, Err(store::Error::Refused(Refusal::NotFound))));
    remove(cleo, &own, "4").await.unwrap();
    assert!(matches!(remove(&own, &own, "5").await, Err(store::Error::Refused(Refusal::LastMember))));
}

#[tokio::test]
async fn the_role_is_given_to_whom_it_is_meant_for() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    let granted = grant(&world, json!({"email": ben.email.to_uppercase(), "centreId": centre})).await.unwrap();
    let created_at = granted["granted"]["createdAt"].clone();
    assert!(created_at.as_str().unwrap().ends_with('Z'));
    let person = json!({"email": ben.email, "firstName": "Ben", "lastName": "Bot", "createdAt": created_at, "emailProved": true});
    assert_eq!(granted, json!({"granted": person, "centre": {"id": centre, "name": "Lycée Ada"}}));
    assert_eq!(grant(&world, json!({"email": ben.email, "centreId": centre})).await, Ok(granted), "again");
    assert_eq!(view(&world, &eve.token().await).await.ok()["members"].as_array().unwrap().len(), 2);

    let named = json!({"email": eve.email, "newCentreName": " Lycée\u{301}  "});
    let both = json!({"email": eve.email, "newCentreName": "Lycée Ada", "centreId": centre});
    let elsewhere = format!("this account is an organiser of Lycée Ada ({centre}); revoke that first");
    let nobody = "no account has this e-mail address; the person signs up first";
    let which = "give centreId, or newCentreName for a new centre, and not both";
    for (event, reason) in [
        (json!({"email": "nobody@example.org", "centreId": centre}), nobody),
        (json!({"email": "nobody", "centreId": centre}), "email: invalid_email"),
        (json!({"email": eve.email}), which),
        (both, which),
        (json!({"email": eve.email, "newCentreName": " "}), "newCentreName: required"),
        (json!({"email": eve.email, "centreId": "x"}), "no centre has this id"),
        (json!({"email": eve.email, "centreId": "01JZ8K2M3N4P5Q6R7S8T9V0W1X"}), "no centre has this id"),
        (named, &elsewhere),
    ] {
        assert_eq!(grant(&world, event.clone()).await, Err(reason.to_owned()), "{event}");
    }
    let cleo = Person::new(&world, "Cléo", "Cy").await;
    let other = grant(&world, json!({"email": cleo.email, "newCentreName": "Lycée Ada"})).await.unwrap();
    assert_ne!(other["centre"]["id"], centre, "two of one name are two");
}

#[tokio::test]
async fn where_mail_is_sent_an_address_is_proved_first() {
    let world = World::embedded().await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    let event = json!({"email": ben.email, "newCentreName": "Lycée Ada"});
    let unproved = "nobody has shown that this e-mail address is theirs; the person proves it first, on the page";
    assert_eq!(grant_as_it_is(&world, event.clone()).await, Err(unproved.to_owned()));
    assert_eq!(grant(&world, event).await.unwrap()["granted"]["emailProved"], json!(true));

    let world = World::without_mail().await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    let event = json!({"email": ben.email, "newCentreName": "Lycée Ada"});
    assert_eq!(grant_as_it_is(&world, event).await.unwrap()["granted"]["emailProved"], json!(false));
}

#[tokio::test]
async fn the_role_is_taken_even_from_the_last_and_the_sessions_stay() {
    let world = World::new().await;
    let (eve, centre) = Person::first(&world).await;
    let room = Room::organised(&world, eve.token().await, world.now()).await;
    let own = json!({"id": centre, "name": "Lycée Ada"});
    assert_eq!(revoke(&world, &eve.email).await, Ok(json!({"revoked": eve.email, "centre": own})));
    view(&world, &room.organiser).await.refused(403, "forbidden");
    world.get("/sessions").token(&eve.token().await).send().await.refused(403, "forbidden");
    assert_eq!(revoke(&world, &eve.email).await, Err("this account is no organiser".to_owned()));
    assert_eq!(revoke(&world, "nobody@example.org").await, Err("no account has this e-mail address".to_owned()));
    assert_eq!(revoke(&world, "nobody").await, Err("email: invalid_email".to_owned()));

    let ben = Person::new(&world, "Ben", "Bot").await;
    ben.joins(&centre).await;
    assert_eq!(world.get(room.path("/kit")).token(&ben.token().await).send().await.ok()["accessCode"], json!(room.access_code));
    grant(&world, json!({"email": eve.email, "newCentreName": "Lycée Bot"})).await.unwrap();
    world.get(room.path("/kit")).token(&eve.token().await).send().await.refused(404, "session_not_found");
}

#[tokio::test]
async fn a_centre_has_a_hundred_organisers_at_most() {
    let world = World::new().await;
    let ada = world.organiser().await;
    for _ in 1..MAX_MEMBERS {
        world.colleague(&ada).await;
    }
    let own = answer(&claims(&ada), "centre");
    let one_more = Person::new(&world, "Ben", "Bot").await;
    let event = json!({"email": one_more.email, "centreId": own});
    let full = "a centre has at most 100 organisers, those invited included";
    assert_eq!(grant(&world, event.clone()).await, Err(full.to_owned()));
    world.meter.take();
    let shown = view(&world, &ada).await.ok();
    assert_eq!(shown["members"].as_array().unwrap().len(), MAX_MEMBERS);
    assert_eq!(world.meter.take().requests, ["GetItem", "BatchGetItem"]);
    let mut ids = shown["members"].as_array().unwrap().iter().map(|member| answer(member, "id"));
    let somebody = ids.find(|id| *id != sub(&ada)).unwrap();
    assert_eq!(remove(&world, &ada, &somebody, "1").await.status, 204);
    grant(&world, event).await.unwrap();
}

#[tokio::test]
async fn two_who_are_granted_at_once_are_both_members() {
    let world = World::new().await;
    let (_, id) = Person::first(&world).await;
    let id = CentreId::parse(&id).unwrap();
    let as_read = world.app.store().centre(&id).await.unwrap().unwrap();
    let accounts = [Person::new(&world, "Ben", "Bot").await, Person::new(&world, "Cléo", "Cy").await];
    for person in &accounts {
        let account = read_account(&world, &person.email).await;
        world.app.store().add_organiser(as_read.clone(), &account, world.now()).await.unwrap();
        let again = world.app.store().add_organiser(as_read.clone(), &account, world.now()).await;
        assert!(matches!(again, Err(store::Error::Busy(_))), "it has a centre by now");
    }
    let members = world.app.store().centre(&id).await.unwrap().unwrap().members;
    assert!(members.len() == 3 && accounts.iter().all(|person| members.contains_key(&person.id)));
}

async fn read_account(world: &World, email: &str) -> Account {
    world.app.store().account_of(&Email::parse(email).unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_role_without_a_centre_is_none() {
    let world = World::new().await;
    let mut claims = Claims::new(Kind::Account, "somebody", world.now(), world.now() + jiff::SignedDuration::from_hours(1));
    claims.roles = vec![Role::Organiser];
    let token = |claims: &Claims| world.app.tokens().unwrap().issue(claims.clone()).unwrap();
    world.get("/sessions").token(&token(&claims)).send().await.refused(403, "forbidden");
    claims.centre = Some(Centre::new(ulid::Ulid::generate().into(), Label::parse("Lycée").unwrap(), world.now()).id);
    world.get("/sessions").token(&token(&claims)).send().await.ok();
    view(&world, &token(&claims)).await.refused(403, "forbidden");
    claims.roles = vec![];
    world.get("/sessions").token(&token(&claims)).send().await.refused(403, "forbidden");
}

async fn invite(world: &World, token: &str, email: &str) -> Answer {
    world.post("/centre/invitations").token(token).json(&json!({"email": email})).send().await
}

async fn accept(world: &World, token: &str, link: &str) -> Answer {
    world.post("/centre/members").token(token).json(&json!({"token": link})).send().await
}

/// What stands in the links of the letters to this address that invite, the newest first.
async fn invitations(world: &World, email: &str) -> Vec<String> {
    links(world, email).await.into_iter().filter(|(place, _)| place == "account/invitation").map(|(_, token)| token).collect()
}

#[tokio::test]
async fn whoever_is_invited_signs_up_accepts_and_is_proved() {
    let world = World::embedded().await;
    let (eve, centre) = Person::first(&world).await;
    let eves = eve.token().await;
    let email = email("invited");
    assert_eq!(invite(&world, &eves, &email.to_uppercase()).await.status, 202);
    let link = invitations(&world, &email.to_uppercase()).await.remove(0);
    sign_up(&world, "1", &account(&email, RIGHT)).await.ok();
    let token = answer(&log_in(&world, &email, RIGHT).await.ok(), "accessToken");
    accept(&world, &token, "unknown").await.refused(401, "invalid_link");
    accept(&world, &eves, &link).await.refused(401, "invalid_link");
    world.put("/email-proofs").json(&json!({"token": link})).send().await.refused(401, "invalid_link");
    let login = accept(&world, &token, &link).await.ok();
    let own = json!({"id": centre, "name": "Lycée Ada"});
    assert_eq!((&login["account"]["centre"], &login["account"]["roles"]), (&own, &json!(["organiser"])));
    let token = answer(&login, "accessToken");
    assert_eq!(view(&world, &token).await.ok()["members"].as_array().unwrap().len(), 2);
    assert_eq!(world.get("/account").token(&token).send().await.ok()["emailProved"], json!(true));
    accept(&world, &token, &link).await.ok();
    world.post("/token").token(&token).send().await.ok();
}

#[tokio::test]
async fn an_invitation_goes_to_the_address_as_its_account_has_it_and_names_the_centre() {
    let world = World::embedded().await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    let eve = Person::new(&world, "Ève", "Adam").await;
    grant(&world, json!({"email": eve.email, "newCentreName": "Lycée <b>A & B</b>"})).await.unwrap();
    let eves = eve.token().await;
    for language in ["fr", "en"] {
        let body = json!({"email": ben.email.to_uppercase()});
        world.post("/centre/invitations").token(&eves).header("accept-language", language).json(&body).send().await.ok();
        world.letters_to(&ben.email).await;
        world.pass(jiff::SignedDuration::from_mins(10));
    }
    let letters: Vec<_> = world.letters_to(&ben.email).await.into_iter().filter(|letter| letter.text.contains("/invitation#")).collect();
    assert_eq!(letters[0].subject, "Vigie: an invitation to organise sessions");
    assert_eq!(letters[1].subject, "Vigie\u{a0}: vous êtes invité à organiser des sessions");
    for letter in letters {
        assert!(letter.text.contains("Lycée <b>A & B</b>"), "{}", letter.text);
        assert!(letter.html.contains("Lycée &lt;b&gt;A &amp; B&lt;/b&gt;") && !letter.html.contains("<b>"), "{}", letter.html);
    }
}

#[tokio::test]
async fn each_centre_invites_an_address_once_in_ten_minutes_and_all_its_links_are_good_until_one_is_used() {
    let world = World::embedded().await;
    let [(eve, _), (ada, _)] = [Person::first(&world).await, Person::first(&world).await];
    let ben = Person::new(&world, "Ben", "Bot").await;
    let (eves, adas, bens) = (eve.token().await, ada.token().await, ben.token().await);
    for _ in 0..2 {
        for token in [&eves, &adas] {
            assert_eq!(invite(&world, token, &ben.email).await.status, 202);
        }
    }
    let [of_ada, of_eve] = invitations(&world, &ben.email).await.try_into().unwrap();
    world.pass(jiff::SignedDuration::from_mins(10));
    invite(&world, &eves, &ben.email).await.ok();
    let again = invitations(&world, &ben.email).await.remove(0);
    accept(&world, &bens, &of_eve).await.ok();
    accept(&world, &bens, &of_ada).await.refused(409, "other_centre");
    accept(&world, &bens, &again).await.ok();
    remove(&world, &eves, &ben.id, "1").await.ok();
    accept(&world, &bens, &again).await.refused(401, "invalid_link");
    invite(&world, &eves, &ben.email).await.ok();
    assert_eq!(invitations(&world, &ben.email).await.len(), 3, "also where what the last one opens was voided");
    world.pass(jiff::SignedDuration::from_mins(10));
    invite(&world, &eves, &ben.email).await.ok();
    accept(&world, &bens, &invitations(&world, &ben.email).await[0]).await.ok();
}

#[tokio::test]
async fn whoever_is_a_member_already_proves_their_address_by_an_invitation() {
    let world = World::embedded().await;
    let (eve, centre) = Person::first(&world).await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    invite(&world, &eve.token().await, &ben.email).await.ok();
    let link = invitations(&world, &ben.email).await.remove(0);
    ben.joins(&centre).await;
    let key = AttributeValue::S(format!("account#{}", ben.email));
    let doubt = world.dynamo.update_item().table_name(local::database::ACCOUNTS).key("pk", key);
    doubt.update_expression("REMOVE emailProvedAt").send().await.unwrap();
    assert_eq!(world.get("/account").token(&ben.token().await).send().await.ok()["emailProved"], json!(false));
    accept(&world, &ben.token().await, &link).await.ok();
    assert_eq!(world.get("/account").token(&ben.token().await).send().await.ok()["emailProved"], json!(true));
}

#[tokio::test]
async fn whoever_signs_up_anew_takes_the_place_of_their_account_that_was_forgotten() {
    let world = World::embedded().await;
    let (eve, centre) = Person::first(&world).await;
    let ben = Person::new(&world, "Ben", "Bot").await;
    ben.joins(&centre).await;
    forget_account(&world, &ben.email).await;
    sign_up(&world, "another", &account(&ben.email, RIGHT)).await.ok();
    ben.joins(&centre).await;
    let members = view(&world, &eve.token().await).await.ok()["members"].clone();
    assert_eq!(members.as_array().unwrap().len(), 2, "{members}");
}

#[tokio::test]
async fn whoever_is_removed_invites_and_is_invited_no_more_and_nobody_is_for_longer_than_a_week() {
    let world = World::embedded().await;
    let (eve, centre) = Person::first(&world).await;
    let [ben, cleo, dan] =
        [Person::new(&world, "Ben", "Bot").await, Person::new(&world, "Cléo", "Cy").await, Person::new(&world, "Dan", "Dé").await];
    ben.joins(&centre).await;
    let (eves, bens) = (eve.token().await, ben.token().await);
    for (by, person) in [(&eves, &ben), (&eves, &cleo), (&bens, &dan)] {
        invite(&world, by, &person.email).await.ok();
    }
    let bens_link = invitations(&world, &ben.email).await.remove(0);
    let cleos_link = invitations(&world, &cleo.email).await.remove(0);
    let dans_link = invitations(&world, &dan.email).await.remove(0);
    remove(&world, &eves, &ben.id, "1").await.ok();
    invite(&world, &bens, &cleo.email).await.refused(403, "forbidden");
    accept(&world, &bens, &bens_link).await.refused(401, "invalid_link");
    accept(&world, &dan.token().await, &dans_link).await.refused(401, "invalid_link");
    world.pass(jiff::SignedDuration::from_hours(7 * 24));
    accept(&world, &cleo.token().await, &cleos_link).await.refused(401, "invalid_link");
}

#[tokio::test]
async fn a_mistyped_address_is_seen_and_its_invitation_withdrawn() {
    let world = World::embedded().await;
    let (eve, centre) = Person::first(&world).await;
    let [stranger, ben] = [Person::new(&world, "Max", "Faux").await, Person::new(&world, "Ben", "Bot").await];
    ben.joins(&centre).await;
    let [eves, bens, strangers] = [eve.token().await, ben.token().await, stranger.token().await];
    let invited = async || view(&world, &bens).await.ok()["invitations"].clone();
    invite(&world, &eves, &stranger.email.to_uppercase()).await.ok();
    let left = |shown: &Value| answer(shown, "validUntil").parse::<jiff::Timestamp>().unwrap().duration_since(world.now());
    let shown = invited().await;
    assert_eq!((&shown[0]["email"], shown.as_array().unwrap().len()), (&json!(stranger.email), 1));
    assert_eq!((left(&shown[0]).as_secs() + 60) / 3600, 7 * 24);
    let link = invitations(&world, &stranger.email).await.remove(0);

    let withdraw =
        |token: &str, key: &str| world.delete("/centre/invitations").token(token).key(key).json(&json!({"email": stranger.email})).send();
    withdraw(&strangers, "1").await.refused(403, "forbidden");
    assert_eq!(withdraw(&bens, "1").await.status, 204, "a colleague's, too");
    assert_eq!(invited().await, json!([]));
    accept(&world, &strangers, &link).await.refused(401, "invalid_link");
    assert_eq!(withdraw(&bens, "2").await.status, 204, "there is none");
    invite(&world, &eves, &stranger.email).await.ok();
    assert_eq!(withdraw(&bens, "1").await.status, 204);
    assert_eq!(invited().await.as_array().unwrap().len(), 1, "a retry withdraws nothing that came later");
    remove(&world, &eves, &ben.id, "3").await.ok();
    withdraw(&bens, "4").await.refused(403, "forbidden");
    world.pass(jiff::SignedDuration::from_hours(7 * 24));
    assert_eq!(view(&world, &eve.token().await).await.ok()["invitations"], json!([]), "nobody waits any more");
}

#[tokio::test]
async fn a_squatter_of_the_invited_address_has_no_link_and_its_owner_gets_in() {
    let world = World::embedded().await;
    let (eve, _) = Person::first(&world).await;
    let squatter = Person::new(&world, "Max", "Faux").await;
    let before = squatter.token().await;
    invite(&world, &eve.token().await, &squatter.email).await.ok();
    let link = invitations(&world, &squatter.email).await.remove(0);
    world.post("/password-resets").json(&json!({"email": squatter.email})).send().await.ok();
    let (place, token) = links(&world, &squatter.email).await.remove(0);
    assert_eq!(place, "account/new-password");
    assert_eq!(world.put("/password").json(&json!({"token": token, "password": "Correction-2-copies"})).send().await.status, 204);
    accept(&world, &before, &link).await.refused(401, "unauthenticated");
    let owner = answer(&log_in(&world, &squatter.email, "Correction-2-copies").await.ok(), "accessToken");
    accept(&world, &owner, &link).await.ok();
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_joins_and_a_removal_is_the_last_word() {
    let world = World::embedded().await;
    let (eve, centre) = Person::first(&world).await;
    let eves = eve.token().await;
    for key in ["1", "2", "3"] {
        let ben = Person::new(&world, "Ben", "Bot").await;
        let bens = ben.token().await;
        invite(&world, &eves, &ben.email).await.ok();
        let link = invitations(&world, &ben.email).await.remove(0);
        let (one, other) = tokio::join!(accept(&world, &bens, &link), accept(&world, &bens, &link));
        let answers = [&one, &other];
        assert!(answers.iter().any(|answer| answer.status == 200), "{answers:?}");
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.code() == "busy"), "{answers:?}");
        world.pass(jiff::SignedDuration::from_mins(10));
        let (eves, bens) = (eve.token().await, ben.token().await);
        invite(&world, &eves, &ben.email).await.ok();
        let link = invitations(&world, &ben.email).await.remove(0);
        let (accepted, removed) = tokio::join!(accept(&world, &bens, &link), remove(&world, &eves, &ben.id, key));
        assert!(accepted.status == 200 || accepted.code() == "invalid_link", "{}", accepted.body);
        assert_eq!(removed.status, 204);
        let members = item(&world, &format!("centre#{centre}")).await.unwrap()["members"].clone();
        assert!(!members.as_m().unwrap().contains_key(&ben.id), "{members:?}");
        accept(&world, &bens, &link).await.refused(401, "invalid_link");
    }
}

#[tokio::test]
async fn where_no_letters_are_sent_nobody_is_invited() {
    let world = World::without_mail().await;
    let (eve, centre) = Person::first(&world).await;
    let eves = eve.token().await;
    invite(&world, &eves, "ben@example.org").await.refused(503, "mail_unavailable");
    assert_eq!(invite(&world, &eves, "ben").await.bad_fields(), ["email invalid_email"]);
    assert!(!item(&world, &format!("centre#{centre}")).await.unwrap().contains_key("invitations"));
}
