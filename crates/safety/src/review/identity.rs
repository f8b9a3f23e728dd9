//! Patient ids in an answer: `Given_Family_<uuid>`, digits and accents allowed in the names.

use super::edits::Edit;

/// An id in a text: its whole extent and its UUID, as 32 lower-case hexadecimal digits.
struct Id {
    start: usize,
    end: usize,
    uuid: String,
}

/// Ids of anybody but the patient.
pub fn strangers(text: &str, patient_id: &str) -> Vec<Edit> {
    let own_uuid = own_uuid(patient_id);
    let own = patient_id.to_ascii_lowercase();
    let with_uuid = ids(text);
    let mut strangers: Vec<(usize, usize)> = with_uuid
        .iter()
        .filter(|id| Some(&id.uuid) != own_uuid.as_ref())
        .map(|id| (id.start, id.end))
        .collect();
    for (start, end) in numbered_ids(text).into_iter().chain(coded_ids(text)) {
        let known = with_uuid
            .iter()
            .map(|id| (id.start, id.end))
            .chain(strangers.iter().copied());
        let is_known = known.into_iter().any(|(first, last)| first < end && start < last);
        // What is a part of the own id is no stranger's.
        if !is_known && !is_part(&own, &text[start..end].to_ascii_lowercase()) {
            strangers.push((start, end));
        }
    }
    let edit = |(start, end)| Edit {
        start,
        end,
        instead: String::new(),
    };
    strangers.into_iter().map(edit).collect()
}

/// Whether a text names the patient by the own id or the last part of it.
pub fn names_patient(text: &str, patient_id: &str) -> bool {
    // A year or a room may be the end of an id, too.
    const SHORTEST: usize = 5;
    let own = patient_id.to_ascii_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
    let words = words.map(|word| word.trim_matches(['_', '-']).to_ascii_lowercase());
    words
        .filter(|word| word.len() >= SHORTEST && word.contains(|c: char| c.is_ascii_digit()))
        .any(|word| own.ends_with(&word) && is_part(&own, &word))
}

/// Whether `part` is one or several of the words that an id is made of.
fn is_part(id: &str, part: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric();
    let mut places = id.match_indices(part);
    places.any(|(at, _)| !id[..at].ends_with(is_inside) && !id[at + part.len()..].starts_with(is_inside))
}

/// Short ids as hospitals use them: `patient-0042`, `p-118`, `MRN 55321`.
fn numbered_ids(text: &str) -> Vec<(usize, usize)> {
    const LABELS: [&str; 8] = ["patient", "pat", "pt", "p", "mrn", "nhs number", "record", "case"];
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for label in LABELS {
        for (start, _) in lower.match_indices(label) {
            let rest = &lower[start + label.len()..];
            let mark = rest.len() - rest.trim_start_matches(['-', '_', '#', ':', ' ']).len();
            let separators = &rest[..mark];
            let id = &rest[mark..];
            let digits = id.bytes().take_while(u8::is_ascii_digit).count();
            // `p 548` is a page and `p 0.05` a likelihood: single letters need their hyphen.
            let joined = separators.contains(['-', '_', '#']) || (label.len() > 3 || label == "mrn") && mark > 0;
            let ends = !id[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '-');
            if digits >= 3 && joined && ends && !lower[..start].ends_with(|c: char| c.is_alphanumeric() || c == '-') {
                found.push((start, start + label.len() + mark + digits));
            }
        }
    }
    found
}

/// Ids without a label: words joined by `_`, and letters with a number that no medicine, test or virus bears, as in `warf-0079`,
/// `mat-2026-0417` and `RXK558120`.
fn coded_ids(text: &str) -> Vec<(usize, usize)> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let mut found = Vec::new();
    let is_mark = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-');
    // Links are for others to judge.
    for word in text.split_whitespace().filter(|word| !word.contains("://")) {
        for code in word.split(is_mark) {
            // At its ends a line is emphasis.
            let code = code.trim_matches(['_', '-']);
            let joined = code.split('_').filter(|part| !part.is_empty()).count() > 1;
            let letters: String = code.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
            let rest = &code[letters.len()..];
            let hyphened = rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('-')
                && rest
                    .split('-')
                    .skip(1)
                    .any(|part| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_digit()));
            let numbered = rest.len() >= 6 && rest.bytes().all(|byte| byte.is_ascii_digit());
            let month = MONTHS
                .iter()
                .any(|month| letters.to_ascii_lowercase().starts_with(month));
            if joined || !letters.is_empty() && !month && (hyphened || numbered) {
                let start = code.as_ptr() as usize - text.as_ptr() as usize;
                found.push((start, start + code.len()));
            }
        }
    }
    found
}

fn own_uuid(patient_id: &str) -> Option<String> {
    ids(patient_id).pop().map(|id| id.uuid)
}

/// Every UUID, with or without hyphens of any kind, and the name that hangs on it.
fn ids(text: &str) -> Vec<Id> {
    let mut ids = Vec::new();
    let mut rest = 0;
    while let Some(offset) = text[rest..].find(|c: char| c.is_ascii_hexdigit()) {
        let start = rest + offset;
        match uuid_at(text, start) {
            Some((end, uuid)) => {
                let name = text[..start].chars().rev().take_while(|c| is_name_character(*c));
                let name: usize = if text[..start].ends_with('_') {
                    name.map(char::len_utf8).sum()
                } else {
                    0
                };
                ids.push(Id {
                    start: start - name,
                    end,
                    uuid,
                });
                rest = end;
            }
            None => rest = start + 1,
        }
    }
    ids
}

fn uuid_at(text: &str, start: usize) -> Option<(usize, String)> {
    let before = text[..start].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let mut uuid = String::new();
    let mut end = start;
    for (at, c) in text[start..].char_indices() {
        if c.is_ascii_hexdigit() {
            if uuid.len() == 32 {
                return None;
            }
            uuid.push(c.to_ascii_lowercase());
            end = start + at + 1;
        } else if !(matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}') && matches!(uuid.len(), 8 | 12 | 16 | 20)) {
            break;
        }
    }
    (uuid.len() == 32).then_some((end, uuid))
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '\u{2019}' | '.') || !c.is_ascii() && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "Adam631_Cronin387_aff8f143-2375-416f-901d-b0e4c73e3e58";

    #[test]
    fn another_id_is_seen_with_its_name_whatever_the_letters() {
        let text = "Seen by José_O'Núñez_11111111-2375-416F-901d-b0e4c73e3e58.";
        let found = strangers(text, OWN);
        assert_eq!(
            &text[found[0].start..found[0].end],
            "José_O'Núñez_11111111-2375-416F-901d-b0e4c73e3e58"
        );
    }

    #[test]
    fn a_bare_uuid_and_one_without_hyphens_are_ids_too() {
        assert_eq!(strangers("id 11111111-2375-416f-901d-b0e4c73e3e58", OWN).len(), 1);
        assert_eq!(strangers("id 111111112375416f901db0e4c73e3e58", OWN).len(), 1);
    }

    #[test]
    fn the_own_id_is_no_stranger() {
        assert!(strangers(OWN, OWN).is_empty());
    }

    #[test]
    fn a_short_id_of_another_patient_is_seen_and_the_own_one_is_not() {
        assert_eq!(strangers("the swab of patient-3310", "p-118").len(), 1);
        assert_eq!(strangers("as p-9004 did, MRN 55321", "p-118").len(), 2);
        assert_eq!(strangers("the record of patient-177", "patient-1777").len(), 1);
        assert!(strangers("noted for P-118", "p-118").is_empty());
    }

    #[test]
    fn an_id_without_a_label_is_seen_by_its_form() {
        for text in [
            "Lamar_Kirby_77a2 had",
            "unlike warf-0079,",
            "(mat-2026-0417)",
            "RXK558120 is",
            "ask shopfloor_48.",
        ] {
            assert_eq!(strangers(text, "p-118").len(), 1, "{text}");
        }
        assert!(strangers("noted for warf-0079 and 0079", "warf-0079").is_empty());
    }

    #[test]
    fn emphasis_dates_tests_and_viruses_are_no_ids() {
        for text in [
            "_Rest_ and __drink__",
            "since May-2024",
            "COVID-19, CA-125, GLP-1, H1N1",
            "2024-05-11",
            "0161 496 0142",
        ] {
            assert!(strangers(text, "p-118").is_empty(), "{text}");
        }
    }

    #[test]
    fn the_patient_is_named_by_the_own_id_or_its_end() {
        assert!(names_patient("Your own record (id patient-1777) shows", "patient-1777"));
        assert!(names_patient("the record ending in -b0e4c73e3e58, so", OWN));
        assert!(!names_patient("the record of patient-1778", "patient-1777"));
        assert!(!names_patient("the record of patient-177", "patient-1777"));
        assert!(!names_patient("a flu vaccine in 2023", OWN));
    }

    #[test]
    fn numbers_and_words_are_no_ids() {
        assert!(strangers("step-100, p 548, p < 0.05, patients 1000, vitamin-b12", OWN).is_empty());
        assert!(strangers("Call 112, take 2 rests, face the facade", OWN).is_empty());
    }
}
