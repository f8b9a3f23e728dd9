//! Whom a patient can call, by country.
//!
//! Sources: the national emergency numbers as the ITU lists them (ITU-T E.129), and the crisis lines that the countries'
//! health services name.

use medchat_bindings::policy::triage::Locale;

/// Where poison advice has no one number, or none for the public.
const POISON_CENTRE: &str = "your local poison centre";

/// Country (ISO 3166-1), emergency number, crisis line, poison line.
const COUNTRIES: &[(&str, &str, &str, &str)] = &[
    (
        "AT",
        "144",
        "142 (Telefonseelsorge)",
        "01 406 43 43 (Vergiftungsinformationszentrale)",
    ),
    (
        "AU",
        "000",
        "13 11 14 (Lifeline)",
        "13 11 26 (Poisons Information Centre)",
    ),
    ("BR", "192", "188 (CVV)", "0800 722 6001 (Disque-Intoxicação)"),
    (
        "CA",
        "911",
        "988 (Suicide Crisis Helpline)",
        "1-844-764-7669 (Poison Centres)",
    ),
    ("CH", "144", "143 (Die Dargebotene Hand)", "145 (Tox Info Suisse)"),
    ("DE", "112", "116 123 (TelefonSeelsorge)", POISON_CENTRE),
    ("ES", "112", "024 (Línea 024)", "91 562 04 20 (Toxicología)"),
    (
        "FR",
        "112",
        "3114 (numéro national de prévention du suicide)",
        POISON_CENTRE,
    ),
    ("GB", "999", "116 123 (Samaritans)", "111 (NHS 111)"),
    (
        "IE",
        "112",
        "116 123 (Samaritans)",
        "01 809 2166 (National Poisons Information Centre)",
    ),
    (
        "IN",
        "112",
        "14416 (Tele-MANAS)",
        "1800 116 117 (National Poisons Information Centre)",
    ),
    ("IT", "112", "02 2327 2327 (Telefono Amico)", POISON_CENTRE),
    ("JP", "119", "0120-279-338 (Yorisoi Hotline)", POISON_CENTRE),
    ("MX", "911", "800 911 2000 (Línea de la Vida)", POISON_CENTRE),
    ("NL", "112", "113 (Zelfmoordpreventie)", POISON_CENTRE),
    (
        "NZ",
        "111",
        "1737 (Need to talk?)",
        "0800 764 766 (National Poisons Centre)",
    ),
    (
        "US",
        "911",
        "988 (Suicide & Crisis Lifeline)",
        "1-800-222-1222 (Poison Help)",
    ),
    ("VN", "115", "the lines at findahelpline.com", POISON_CENTRE),
    (
        "ZA",
        "112",
        "0800 567 567 (SADAG)",
        "0861 555 777 (Poisons Information Helpline)",
    ),
];

/// Where the country is not known: 112 works on any mobile phone (3GPP TS 22.101), and the directory finds a line.
const ELSEWHERE: (&str, &str, &str) = ("112", "the lines at findahelpline.com", POISON_CENTRE);

/// The locale of a BCP 47 `tag` such as `en-US`; a number that is not empty takes the place of the country's.
#[must_use]
pub fn locale(tag: &str, emergency_number: &str, crisis_line: &str, poison_line: &str) -> Locale {
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
    let (emergency, crisis, poison) = known.map_or(ELSEWHERE, |(_, emergency, crisis, poison)| {
        (*emergency, *crisis, *poison)
    });
    let or = |own: &str, countrys: &str| if own.trim().is_empty() { countrys } else { own.trim() }.to_owned();
    Locale {
        language,
        emergency_number: or(emergency_number, emergency),
        crisis_line: or(crisis_line, crisis),
        poison_line: or(poison_line, poison),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_brings_its_numbers() {
        let locale = locale("en-GB", "", "", "");
        assert_eq!(
            (locale.language.as_str(), locale.emergency_number.as_str()),
            ("en", "999")
        );
        assert!(locale.crisis_line.starts_with("116 123"));
    }

    #[test]
    fn a_hospitals_own_numbers_come_first() {
        let locale = locale("en-GB", "2222", "3333", "4444");
        assert_eq!(
            [locale.emergency_number, locale.crisis_line, locale.poison_line],
            ["2222", "3333", "4444"]
        );
    }

    #[test]
    fn an_unknown_country_gets_the_number_that_works_on_any_phone() {
        assert_eq!(locale("en", "", "", "").emergency_number, "112");
        assert_eq!(locale("", "", "", "").language, "en");
    }

    #[test]
    fn a_country_without_one_poison_line_names_the_local_centre() {
        assert_eq!(locale("de-DE", "", "", "").poison_line, POISON_CENTRE);
        assert!(locale("en-US", "", "", "").poison_line.starts_with("1-800-222-1222"));
    }

    #[test]
    fn a_script_is_no_country() {
        assert_eq!(locale("vi-Latn-VN", "", "", "").emergency_number, "115");
    }
}
