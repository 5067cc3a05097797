//! QR codes, as vectors.

use crate::NotMade;
use fast_qr::{ECL, QRBuilder};
use std::fmt::Write;

/// White that a reader needs around a code, in modules.
const QUIET: usize = 4;

/// The code that leads to an address, as SVG: one module is one unit.
pub fn svg(address: &str) -> Result<String, NotMade> {
    let code = QRBuilder::new(address).ecl(ECL::M).build().map_err(|error| NotMade(error.to_string()))?;
    let size = code.size + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut x = QUIET;
        for run in row.chunk_by(|one, next| one.value() == next.value()) {
            if run.first().is_some_and(|module| module.value()) {
                // A text takes all that is written into it.
                let _ = write!(path, "M{x} {}h{width}v1h-{width}z", y + QUIET, width = run.len());
            }
            x += run.len();
        }
    }
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}"><path d="{path}"/></svg>"#
    ))
}
