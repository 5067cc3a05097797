//! Every function there is: whoever needs them all has them from here.

pub use {announce, api_root, archive, authorise_channel, grant_organiser, publish_events, reopen_session, revoke_organiser, send_mail};

use shared::App;
use utoipa_axum::router::OpenApiRouter;

/// The name of a function and its routes.
pub type Routed = (&'static str, fn() -> OpenApiRouter<App>);

/// The functions behind the API.
pub const ROUTED: &[Routed] = &[
    ("accept-invitation", accept_invitation::routes),
    ("add-minutes", add_minutes::routes),
    ("api-root", api_root::routes),
    ("call-proctor", call_proctor::routes),
    ("candidate-finish", candidate_finish::routes),
    ("candidate-here", candidate_here::routes),
    ("candidate-history", candidate_history::routes),
    ("candidate-join", candidate_join::routes),
    ("candidate-leave", candidate_leave::routes),
    ("candidate-start", candidate_start::routes),
    ("candidate-status", candidate_status::routes),
    ("candidate-unlink", candidate_unlink::routes),
    ("change-password", change_password::routes),
    ("check-in", check_in::routes),
    ("create-session", create_session::routes),
    ("delete-account", delete_account::routes),
    ("delete-session", delete_session::routes),
    ("edit-account", edit_account::routes),
    ("edit-candidate", edit_candidate::routes),
    ("edit-session", edit_session::routes),
    ("end-test", end_test::routes),
    ("enrol-candidates", enrol_candidates::routes),
    ("finalise-session", finalise_session::routes),
    ("forgotten-password", forgotten_password::routes),
    ("import-candidates", import_candidates::routes),
    ("import-sessions", import_sessions::routes),
    ("invite-organiser", invite_organiser::routes),
    ("issue-pass", issue_pass::routes),
    ("list-incidents", list_incidents::routes),
    ("list-sessions", list_sessions::routes),
    ("login", login::routes),
    ("print-document", print_document::routes),
    ("proctor-kit", proctor_kit::routes),
    ("proctor-login", proctor_login::routes),
    ("prove-email", prove_email::routes),
    ("remove-candidate", remove_candidate::routes),
    ("remove-organiser", remove_organiser::routes),
    ("renew-login", renew_login::routes),
    ("replace-codes", replace_codes::routes),
    ("report-incident", report_incident::routes),
    ("reset-password", reset_password::routes),
    ("resume", resume::routes),
    ("session-board", session_board::routes),
    ("session-report", session_report::routes),
    ("signup", signup::routes),
    ("use-pass", use_pass::routes),
    ("view-account", view_account::routes),
    ("view-centre", view_centre::routes),
    ("withdraw-invitation", withdraw_invitation::routes),
];

/// The functions without routes: invoked by other services of AWS or directly, so that IAM guards them.
pub const DIRECT: &[&str] =
    &["announce", "archive", "authorise-channel", "grant-organiser", "publish-events", "reopen-session", "revoke-organiser", "send-mail"];
