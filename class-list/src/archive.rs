//! Spreadsheets are zip archives: opened here, and unpacked within bounds before anybody reads them.

use shared::domain::unreadable::Unreadable;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The most bytes of all parts together, unpacked: a list of 3,000 lines with fifty columns has 8 MB.
const MAX_UNPACKED: u64 = 32 * 1024 * 1024;
/// A workbook has some ten, and one for each sheet and picture.
const MAX_PARTS: usize = 1_000;
/// What files of Excel's old format begin with, and so do new ones with a password.
const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Hands each part to `look`, unpacked. An archive may say that it is small, and unpack to gigabytes: what counts is what comes
/// out, and nothing is unpacked any further once that is too much.
pub(crate) fn unpack(bytes: &[u8], mut look: impl FnMut(&str, &[u8]) -> Result<(), Unreadable>) -> Result<(), Unreadable> {
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(Unreadable::OldOrProtected);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_PARTS || archive.decompressed_size().is_some_and(|size| size > u128::from(MAX_UNPACKED)) {
        return Err(Unreadable::TooLarge);
    }
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        let mut unpacked = vec![];
        // One byte more than there may be tells that there is more; reading to the end checks the sum, too.
        part.take(left + 1).read_to_end(&mut unpacked).map_err(broken)?;
        left = u64::try_from(unpacked.len()).ok().and_then(|size| left.checked_sub(size)).ok_or(Unreadable::TooLarge)?;
        look(&name, &unpacked)?;
    }
    Ok(())
}

pub(crate) fn broken<E>(_: E) -> Unreadable {
    Unreadable::Broken
}
