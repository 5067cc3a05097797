//! What Typst sees: the sources of the documents, two fonts, and what is to be printed. Neither files nor network nor
//! clock.

use crate::NotMade;
use serde::Serialize;
use shared::domain::language::Language;
use std::sync::LazyLock;
use typst::{
    Library, LibraryExt, World, comemo,
    diag::{FileError, FileResult, SourceDiagnostic, Warned},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// The sources that are documents.
pub const KIT: &str = "kit.typ";
pub const ATTENDANCE: &str = "attendance.typ";
pub const REPORT: &str = "report.typ";

const SOURCES: [(&str, &str); 4] = [
    (KIT, include_str!("../typst/kit.typ")),
    (ATTENDANCE, include_str!("../typst/attendance.typ")),
    (REPORT, include_str!("../typst/report.typ")),
    ("paper.typ", include_str!("../typst/paper.typ")),
];

/// What the documents say in each language. The kit's own words are those of the page.
const TEXTS: [(&str, &str); 2] =
    [("words.json", include_str!("../typst/words.json")), ("kit.json", include_str!("../../web/src/kit/words.json"))];

/// What is to be printed.
const DATA: &str = "data.json";

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&[u8]; 2] = [include_bytes!("../fonts/NotoSans-Regular.ttf"), include_bytes!("../fonts/NotoSans-Bold.ttf")];
    files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect()
});
static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(&*FONTS)));
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(<Library as LibraryExt>::default()));

/// Whether the fonts have a character, each of them.
pub fn is_drawn(character: char) -> bool {
    FONTS.iter().all(|font| font.info().coverage.contains(character.into()))
}

/// A document, and what it prints.
struct Printed {
    main: FileId,
    data: Bytes,
}

impl World for Printed {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let name = id.vpath().get_without_slash();
        let known = SOURCES.iter().find(|(source, _)| *source == name);
        let (_, text) = known.ok_or_else(|| FileError::NotFound(name.into()))?;
        Ok(Source::new(id, (*text).to_owned()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let name = id.vpath().get_without_slash();
        if name == DATA {
            return Ok(self.data.clone());
        }
        let known = TEXTS.iter().find(|(texts, _)| *texts == name);
        known.map(|(_, text)| Bytes::from_string(*text)).ok_or_else(|| FileError::NotFound(name.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// What a document reads as its data.
#[derive(Serialize)]
struct Data<'a, T> {
    language: &'static str,
    #[serde(flatten)]
    data: &'a T,
}

/// Writes a document with what it prints, as PDF/UA-1.
pub fn pdf(document: &str, data: &impl Serialize, language: Language) -> Result<Vec<u8>, NotMade> {
    let data = serde_json::to_vec(&Data { language: language.tag(), data }).map_err(|error| NotMade(error.to_string()))?;
    let path = VirtualPath::new(document).map_err(|_| NotMade("no such document".to_owned()))?;
    let world = Printed { main: RootedPath::new(VirtualRoot::Project, path).intern(), data: Bytes::new(data) };
    let pdf = write(&world);
    // Nothing of a session stays behind.
    comemo::evict(0);
    pdf
}

fn write(world: &Printed) -> Result<Vec<u8>, NotMade> {
    let standards = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| NotMade(error.message().to_string()))?;
    let options = PdfOptions { standards, creator: Smart::Custom(Some("Vigie".to_owned())), ..PdfOptions::default() };
    let Warned { output, .. } = typst::compile::<PagedDocument>(world);
    output.and_then(|document| typst_pdf::pdf(&document, &options)).map_err(|errors| NotMade::because(&errors))
}

impl NotMade {
    /// Without what is to be printed, which the messages may quote.
    fn because(errors: &[SourceDiagnostic]) -> Self {
        Self(errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "))
    }
}
