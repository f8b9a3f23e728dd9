//! How long triage takes: `cargo run --release -p medchat-safety --example speed`.

use medchat_safety::{Background, Locale, triage};
use std::time::{Duration, Instant};

fn main() {
    let story = "I have had a dull ache in my lower back since Monday, no fever, and my sister says it is the new chair, but \
                 today my left leg feels odd and I am a bit worried about it because my father had a slipped disc. ";
    let shown = [
        (
            "an everyday message",
            "I have a runny nose and a sore throat since yesterday".to_owned(),
        ),
        ("4,000 characters of a story", repeated(story)),
        (
            "4,000 characters of near matches",
            repeated("chset pian chestt payn braeth "),
        ),
        ("4,000 combining marks", repeated("e\u{301}\u{302}\u{303}")),
        (
            "4,000 characters of abbreviations",
            repeated("cp sob loc n v d bp hr spo2 ha "),
        ),
        ("4,000 characters of denials", repeated("no pain no not never without ")),
        ("4,000 numbers", repeated("40 38.5 120 / 80 ")),
        ("one word of 4,000 letters", repeated("a")),
    ];
    for (name, text) in shown {
        let (median, worst) = measured(&text);
        println!("{name:<36} median {median:>10.1?}   worst {worst:>10.1?}");
    }
}

fn repeated(part: &str) -> String {
    part.chars().cycle().take(4_000).collect()
}

fn measured(text: &str) -> (Duration, Duration) {
    let locale = Locale {
        language: "en".into(),
        emergency_number: "112".into(),
        crisis_line: "116 123".into(),
        poison_line: "0344 892 0111".into(),
    };
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(triage(text, &Background::default(), &locale));
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[times.len() / 2], times[times.len() - 1])
}
