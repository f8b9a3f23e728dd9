//! Whom a patient can call, by country.
//!
//! Sources: the national emergency numbers as the ITU lists them (ITU-T E.129), and the crisis lines that the countries'
//! health services name.

use medchat_bindings::policy::triage::Locale;

/// Country (ISO 3166-1), emergency number, crisis line.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AT", "144", "142 (Telefonseelsorge)"),
    ("AU", "000", "13 11 14 (Lifeline)"),
    ("BR", "192", "188 (CVV)"),
    ("CA", "911", "988 (Suicide Crisis Helpline)"),
    ("CH", "144", "143 (Die Dargebotene Hand)"),
    ("DE", "112", "116 123 (TelefonSeelsorge)"),
    ("ES", "112", "024 (Línea 024)"),
    ("FR", "112", "3114 (numéro national de prévention du suicide)"),
    ("GB", "999", "116 123 (Samaritans)"),
    ("IE", "112", "116 123 (Samaritans)"),
    ("IN", "112", "14416 (Tele-MANAS)"),
    ("IT", "112", "02 2327 2327 (Telefono Amico)"),
    ("JP", "119", "0120-279-338 (Yorisoi Hotline)"),
    ("MX", "911", "800 911 2000 (Línea de la Vida)"),
    ("NL", "112", "113 (Zelfmoordpreventie)"),
    ("NZ", "111", "1737 (Need to talk?)"),
    ("US", "911", "988 (Suicide & Crisis Lifeline)"),
    ("VN", "115", "the lines at findahelpline.com"),
    ("ZA", "112", "0800 567 567 (SADAG)"),
];

/// Where the country is not known: 112 works on any mobile phone (3GPP TS 22.101), and the directory finds a line.
const ELSEWHERE: (&str, &str) = ("112", "the lines at findahelpline.com");

/// The locale of a BCP 47 `tag` such as `en-US`; a number that is not empty takes the place of the country's.
#[must_use]
pub fn locale(tag: &str, emergency_number: &str, crisis_line: &str) -> Locale {
    let mut parts = tag.split(['-', '_']);
    let language = parts
        .next()
        .filter(|language| !language.is_empty())
        .unwrap_or("en")
        .to_ascii_lowercase();
    // A region is two letters; what stands between it and the language is a script of four.
    let region = parts.find(|part| part.len() == 2).unwrap_or_default();
    let known = COUNTRIES
        .iter()
        .find(|(country, ..)| country.eq_ignore_ascii_case(region));
    let (emergency, crisis) = known.map_or(ELSEWHERE, |(_, emergency, crisis)| (*emergency, *crisis));
    let or = |own: &str, countrys: &str| if own.trim().is_empty() { countrys } else { own.trim() }.to_owned();
    Locale {
        language,
        emergency_number: or(emergency_number, emergency),
        crisis_line: or(crisis_line, crisis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_brings_its_numbers() {
        let locale = locale("en-GB", "", "");
        assert_eq!(
            (locale.language.as_str(), locale.emergency_number.as_str()),
            ("en", "999")
        );
        assert!(locale.crisis_line.starts_with("116 123"));
    }

    #[test]
    fn a_hospitals_own_numbers_come_first() {
        let locale = locale("en-GB", "2222", "3333");
        assert_eq!(
            (locale.emergency_number.as_str(), locale.crisis_line.as_str()),
            ("2222", "3333")
        );
    }

    #[test]
    fn an_unknown_country_gets_the_number_that_works_on_any_phone() {
        assert_eq!(locale("en", "", "").emergency_number, "112");
        assert_eq!(locale("", "", "").language, "en");
    }

    #[test]
    fn a_script_is_no_country() {
        assert_eq!(locale("vi-Latn-VN", "", "").emergency_number, "115");
    }
}
