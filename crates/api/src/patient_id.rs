//! The shape of a patient id.

use regex::Regex;

use crate::limits::PATIENT_ID_BYTES;

/// `Given_Family_<uuid>`, as Synthea names its files: names in any script, with or without the digits that Synthea
/// appends, with hyphens, apostrophes, dots and accents, and with more than two of them.
pub const DEFAULT_PATTERN: &str = r"^\p{L}[\p{L}\p{M}'’.\-]*[0-9]*(?:_\p{L}[\p{L}\p{M}'’.\-]*[0-9]*)+_[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

/// Recognises patient ids.
#[derive(Debug)]
pub struct PatientIdPattern(Regex);

impl PatientIdPattern {
    /// `pattern` as a regular expression, or [`DEFAULT_PATTERN`] where it is empty. It must match an id as a whole,
    /// whether or not it says so with anchors.
    ///
    /// # Errors
    /// The expression is not valid; the reason is for whoever configured it.
    pub fn new(pattern: &str) -> Result<Self, regex::Error> {
        let pattern = if pattern.is_empty() { DEFAULT_PATTERN } else { pattern };
        Regex::new(&format!("^(?:{pattern})$")).map(Self)
    }

    /// Whether `patient_id` has the shape.
    #[must_use]
    pub fn matches(&self, patient_id: &str) -> bool {
        patient_id.len() <= PATIENT_ID_BYTES && self.0.is_match(patient_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "271033b4-ab72-469d-87e2-bbd6c6ecec1f";

    fn accepts(name: &str) -> bool {
        PatientIdPattern::new("").unwrap().matches(&format!("{name}_{UUID}"))
    }

    #[test]
    fn names_with_digits_are_accepted() {
        assert!(accepts("Adam631_Cronin387"));
    }

    #[test]
    fn names_without_digits_are_accepted() {
        assert!(accepts("Barney_Abbott"));
    }

    #[test]
    fn names_with_hyphens_apostrophes_and_accents_are_accepted() {
        for name in [
            "Anne-Marie_O'Brien",
            "José_Núñez12",
            "Zoe\u{308}_D’Arcy",
            "Ana_María_de_la_Cruz",
            "Nguyễn_Thị",
        ] {
            assert!(accepts(name), "{name}");
        }
    }

    #[test]
    fn a_name_alone_an_id_alone_and_a_path_are_refused() {
        let pattern = PatientIdPattern::new("").unwrap();
        for id in [
            "",
            "Adam631_Cronin387",
            UUID,
            &format!("../{UUID}"),
            &format!("Adam/../Eve_X_{UUID}"),
        ] {
            assert!(!pattern.matches(id), "{id}");
        }
    }

    #[test]
    fn an_id_with_a_second_line_is_refused() {
        assert!(
            !PatientIdPattern::new("")
                .unwrap()
                .matches(&format!("Adam_Cronin_{UUID}\n"))
        );
    }

    #[test]
    fn an_endless_id_is_refused() {
        assert!(!accepts(&format!("A{}_B", "a".repeat(300))));
    }

    #[test]
    fn a_hospital_can_have_its_own_pattern() {
        let pattern = PatientIdPattern::new(r"MRN\d{6}").unwrap();
        assert!(pattern.matches("MRN123456"));
        assert!(!pattern.matches("xMRN1234567"));
    }
}
