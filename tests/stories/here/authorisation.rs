//! Tokens that only the deployment's own key could make, and bytes that a gateway may not let pass.

use crate::anywhere::authorisation::{Stage, closed, disbelieves, right};
use shared::http::token::{Claims, Tokens};
use tests::{World, world::secrets};

#[tokio::test]
async fn an_expired_token_or_one_of_another_issuer_opens_nothing() {
    let world = World::new().await;
    let stage = Stage::set(&world).await;
    let by = |issuer: &str, claims: Claims| Tokens::parse(&secrets().signing, issuer).unwrap().issue(claims).unwrap();
    for operation in closed() {
        let claims = world.app.tokens().unwrap().verify(stage.token(right(operation.whom)), world.now()).unwrap();
        let expired = by("vigie", Claims { exp: world.now().as_second(), ..claims.clone() });
        // To renew a login, its token may have expired.
        let expired = (operation.id != "renewLogin").then_some(("expired", expired));
        for (what, token) in expired.into_iter().chain([("of another issuer", by("somebody", claims))]) {
            disbelieves(&stage, &operation, what, Some(format!("Bearer {token}").as_bytes())).await;
        }
        for no_text in ["Bearer é".as_bytes(), b"Bearer \xff\xfe"] {
            disbelieves(&stage, &operation, "of other bytes", Some(no_text)).await;
        }
    }
}
