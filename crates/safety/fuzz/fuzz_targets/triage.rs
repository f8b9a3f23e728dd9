//! Any text may come as a message: triage must answer, and point only into the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use medchat_safety::{Background, Image, Locale, triage};

fuzz_target!(|text: &str| {
    // The API takes 4,000 characters.
    let text: String = text.chars().take(4_000).collect();
    let (label, said) = text.split_at(text.char_indices().nth(8).map_or(0, |(at, _)| at));
    let background = Background {
        record: vec![said.lines().next_back().unwrap_or_default().to_owned()],
        image: Some(Image {
            label: label.to_owned(),
            confidence: label.len() as f32 / 8.0,
        }),
    };
    for background in [Background::default(), background] {
        let assessment = triage(said, &background, &Locale::default());
        for finding in &assessment.findings {
            assert!(said.get(finding.span.start as usize..finding.span.end as usize).is_some());
            assert!(finding.urgency >= assessment.urgency);
        }
    }
});
