//! Texts of people, as they can be printed.

use crate::world::is_drawn;
use serde::Serialize;

/// Of a word longer than this, as many characters stand together at most: a column takes no more.
const TOGETHER: usize = 18;
const ZERO_WIDTH_SPACE: char = '\u{200b}';
const REPLACEMENT: char = '\u{fffd}';

/// A text of which every character is drawn: what the fonts lack stands as `�`. PDF/UA allows no glyph that stands for
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    pub fn of(text: &str) -> Self {
        let mut printed = String::with_capacity(text.len());
        let mut together = 0;
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        for character in text.chars().filter(|character| !is_variation(*character)) {
            together = if character.is_whitespace() || character == '-' { 0 } else { together + 1 };
            if together > TOGETHER {
                printed.push(ZERO_WIDTH_SPACE);
                together = 1;
            }
            printed.push(if is_printed(character) { character } else { REPLACEMENT });
        }
        Self(printed)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_printed(character: char) -> bool {
    // Fonts have some that PDF/UA does not take.
    let is_disallowed = character.is_control() || character == '\u{feff}';
    character == '\n' || is_drawn(character) && !is_disallowed
}

/// Says how the character before it looks, such as in colours.
const fn is_variation(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_keeps_its_lines() {
        assert_eq!(Text::of("poste 3\técran noir\r\nposte 4\rposte 5\n").as_str(), "poste 3 écran noir\nposte 4\nposte 5\n");
    }
}
