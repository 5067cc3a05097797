//! Work that takes a processor's time, apart from what answers requests.

use crate::http::Problem;
use tokio::task::spawn_blocking;

/// Does the work, which is called `what` where it fails.
///
/// # Errors
/// `internal_error` when it panics, without the panic's own text: it may quote what the work is about.
pub async fn blocking<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    spawn_blocking(work).await.map_err(|_| Problem::internal(format_args!("{what} panicked")))
}
