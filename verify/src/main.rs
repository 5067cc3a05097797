//! `vigie-verify FILE`: says whether a session's record is as it was sealed. It asks no network.

use clap::Parser;
use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};
use verify::{Fault, Verified, verify};

/// Says whether the record of a session is, to the byte, as it was sealed when the session was finalised.
///
/// Exit status: 0 if it is, 1 if it is not, 2 if the file or the keys can't be read.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The record, as `GET /sessions/{session}/report` gave it
    file: PathBuf,
    /// The deployment's public keys: the file of `/.well-known/jwks.json`
    #[arg(long, default_value = "jwks.json")]
    keys: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let french = speaks_french();
    let [file, keys] = match [&arguments.file, &arguments.keys].map(|path| read(path, french)) {
        [Ok(file), Ok(keys)] => [file, keys],
        unread => {
            unread.into_iter().filter_map(Result::err).for_each(|why| eprintln!("{why}"));
            return ExitCode::from(2);
        }
    };
    match verify(&file, &keys) {
        Ok(verified) => {
            println!("{}", praise(&verified, french));
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{}", blame(fault, french));
            ExitCode::from(if fault.is_unreadable() { 2 } else { 1 })
        }
    }
}

fn read(path: &Path, french: bool) -> Result<Vec<u8>, String> {
    let cannot = if french { "Lecture impossible\u{a0}:" } else { "Can't read" };
    std::fs::read(path).map_err(|error| format!("{cannot} {}: {error}", path.display()))
}

/// As the environment says (POSIX, 8.2): the first that is set counts.
fn speaks_french() -> bool {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    set.take(1).any(|language| language.starts_with("fr"))
}

fn praise(verified: &Verified, french: bool) -> String {
    let Verified { session, finalisation, finalised_at, key } = verified;
    if french {
        format!(
            "VÉRIFIÉ\u{a0}: ce relevé de la session {session} est, à l’octet près, celui que sa finalisation n°\u{a0}{finalisation} a scellé \
             ({finalised_at}, clé {key})."
        )
    } else {
        format!(
            "VERIFIED: this record of session {session} is, to the byte, as its finalisation no. {finalisation} sealed it \
             ({finalised_at}, key {key})."
        )
    }
}

fn blame(fault: Fault, french: bool) -> String {
    if !french {
        let verdict = if fault.is_unreadable() { "UNREADABLE" } else { "NOT VERIFIED" };
        return format!("{verdict}: {fault}.");
    }
    let verdict = if fault.is_unreadable() { "ILLISIBLE" } else { "NON VÉRIFIÉ" };
    let why = match fault {
        Fault::NotARecord => {
            "ce fichier n’est pas un relevé, ou il a été modifié ou enregistré de sorte qu’on ne peut plus le lire\u{a0}: prenez le fichier .json tel que Vigie l’a donné"
        }
        Fault::NotKeys => "les clés ne sont pas lisibles\u{a0}: ce n’est pas un JSON Web Key Set",
        Fault::NotCanonical => {
            "ce fichier n’est pas tel que Vigie l’a donné\u{a0}: quelque chose y a changé, ou il a été enregistré sous une autre forme"
        }
        Fault::NoSeal => {
            "ce relevé n’a pas de sceau\u{a0}: sa session n’était pas finalisée quand il a été lu, ou l’a été quand il n’y avait pas encore de sceaux"
        }
        Fault::NotASeal => "le sceau n’est pas lisible, ou n’a pas la forme des sceaux de Vigie",
        Fault::UnknownKey => {
            "aucune des clés n’est celle que nomme le sceau\u{a0}: un autre service l’a scellé, ou quelqu’un d’autre\u{a0}; ne prenez de clés qu’auprès du service que vous attendez"
        }
        Fault::WrongSignature => "le sceau ne correspond pas\u{a0}: le relevé a changé après la finalisation de sa session",
        Fault::UnknownFormat => "le format de ce relevé est inconnu de ce programme\u{a0}: prenez-en un plus récent",
    };
    format!("{verdict}\u{a0}: {why}.")
}
