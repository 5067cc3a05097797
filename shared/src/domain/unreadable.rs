//! Why a file can't be read at all.

use strum::VariantArray;

/// What to do about it is in `http/messages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Unreadable {
    /// There is no line of a candidate in it.
    Empty,
    /// No text, whatever the sender said: a picture, a spreadsheet.
    NotText,
    /// Text in two encodings at once, or some that breaks off.
    MixedEncodings,
    /// No such spreadsheet, or half of one.
    Broken,
    /// A spreadsheet of Excel's old format, or one with a password.
    OldOrProtected,
    TooManyRows,
    TooManyColumns,
    /// Unpacked, it is too large.
    TooLarge,
}
