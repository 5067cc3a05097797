//! What an exam window asks of AWS, second by second: what would throttle, what prevents it, what it costs.
//! The model and its sources are in `docs/planning.md`.

pub mod advice;
pub mod cost;
pub mod figures;
pub mod limits;
pub mod prices;
pub mod report;
pub mod simulate;
pub mod units;
pub mod window;
