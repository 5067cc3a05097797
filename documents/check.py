"""Holds the documents that `cargo test` wrote against PDF/UA-1, and against what is to be read in them."""

import re
import sys
from pathlib import Path

import page
from pypdf import PdfReader

WRITTEN = Path(__file__).parent.parent / "target" / "tmp" / "documents"

# How many pages, and what stands there, of the documents that tell most.
EXPECTED = {
    "kit.fr": (1, ["Kit surveillant", "4821957", "C-7GHJ4K", "XGDZ46", "https://vigie.example.org/app/", "8. Si un candidat quitte"]),
    "kit.en": (1, ["Proctor’s kit", "C-7GHJ4K", "8. When a candidate leaves"]),
    "kit-without-address.fr": (1, ["Ouvrez la page"]),
    "attendance-0.fr": (1, ["Aucun candidat n’est inscrit"]),
    "attendance-1.fr": (1, ["1 candidat inscrit.", "1 / 1"]),
    "attendance-30.fr": (1, ["Feuille d’émargement", "30 candidats inscrits", "30 Lê Minh 31/05/2012", "Nom et signature du surveillant"]),
    "attendance-40.en": (2, ["Attendance sheet", "40 candidates enrolled", "1 / 2"]),
    "attendance-300.fr": (9, ["300 candidats inscrits"]),
    "report-0.fr": (1, ["Aucun candidat n’est inscrit", "Aucun incident n’a été signalé", "Session créée"]),
    "report-30.fr": (
        4,
        [
            "Relevé – Session 4821957",
            "Session finalisée le 15/06/2026 - 11:01:40 par Lucie Moreau. Finalisation n° 1.",
            "30 candidats inscrits (absent : 6, terminé par le candidat : 24)",
            "1 Bernard Zoé 31/05/2012 09:00 09:00 10:00 1 (2 min 05 s) 5 min",
            "14/06/2026 08:00:00 Inscription – Bernard Zoé (1) – Lucie Moreau, organisateur",
            "09:12:05 Test repris – Bernard Zoé (1) – interruption de 2 min 05 s – Zoé Bernard, candidat",
            "09:13:20 Minutes ajoutées ou retirées – Bernard Zoé (1) – +5 min, panne – Dominique Roux, surveillant",
            "Nom et signature de l’organisateur",
            "https://vigie.example.org/app/verify",
        ],
    ),
    "report-open.en": (
        2,
        [
            "As of 15/06/2026 - 10:06:40. The session is not finalised",
            "2 (2 min 05 s at least)",
            "09:10:05 Technical problem Bernard Zoé (1) Dominique Roux, proctor Écran noir. Changé de poste.",
            "08:59:10 Session reopened – finalisée par erreur – operator",
        ],
    ),
    "report-unsealed.fr": (1, ["son relevé n’en a pas"]),
    "report-odd.fr": (4, ["#panic()", '#read("data.json")']),
    "attendance-odd.fr": (1, ["#panic()", "*x* _y_ `z` $1$ @a <b>", '"; read("data.json")', "���", "caractère que cette feuille ne sait pas imprimer"]),
}

# As in documents/tests/printed.rs.
SEAL = "eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il0sImtpZCI6InJlY29yZC1aLTVRYThDLWNfS0hEV3Q0IiwidHlwIjoidmlnaWUtcmVjb3JkK2p3cyJ9.." + "A" * 86


def structure(element, kinds):
    """The kinds of all elements in a document's structure, in order."""
    element = element.get_object()
    if isinstance(element, list):
        for part in element:
            structure(part, kinds)
    elif isinstance(element, dict):
        if "/S" in element:
            kinds.append(element["/S"].removeprefix("/"))
            if element["/S"] == "/Figure" and not element.get("/Alt"):
                raise SystemExit("a figure has no words")
        structure(element.get("/K", []), kinds) if "/K" in element else None
    return kinds


def check(file: Path):
    report = page.validate_pdf(file, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant and report.rules.total > 100, f"{file.name}: {report.failures}"
    document = PdfReader(file)
    name = file.name.removesuffix(".pdf")
    root = document.trailer["/Root"]
    assert root["/Lang"].startswith(name[-2:]), f"{name}: {root['/Lang']}"
    assert document.metadata.title and document.outline, f"{name}: no title, or no outline"
    kinds = structure(root["/StructTreeRoot"]["/K"], [])
    assert kinds.count("H1") == 1, f"{name}: {kinds}"
    if name.startswith("kit"):
        assert kinds.count("LI") == 8 + 4, f"{name}: the steps are a list: {kinds}"
        assert kinds.count("Figure") == (0 if "without" in name else 2), f"{name}: {kinds}"
    for sheet in document.pages:
        assert [round(float(side)) for side in sheet.mediabox[2:]] == [595, 842], f"{name}: not A4"
    text = re.sub(r"\s+", " ", "\n".join(sheet.extract_text() for sheet in document.pages))
    pages, said = EXPECTED.get(name, (None, []))
    assert pages in (None, len(document.pages)), f"{name}: {len(document.pages)} pages"
    for words in said:
        assert words in text, f"{name} does not say {words!r}: {text}"
    if name.startswith("report-") and name[7:-3].isdecimal():
        assert SEAL in text.replace(" ", ""), f"{name}: not its seal"
    if name.startswith("kit."):
        candidates = text[re.search("Pour les candidats|For the candidates", text).end() :]
        assert "XGDZ46" in candidates and "7GHJ4K" not in candidates, "the candidates' half shows the session password"
    return len(document.pages)


def main():
    files = sorted(WRITTEN.glob("*.pdf"))
    missing = set(EXPECTED) - {file.name.removesuffix(".pdf") for file in files}
    if missing:
        raise SystemExit(f"{WRITTEN} lacks {sorted(missing)}: cargo test writes them")
    pages = sum(check(file) for file in files)
    print(f"{len(files)} documents, {pages} pages: PDF/UA-1")


if __name__ == "__main__":
    sys.exit(main())
