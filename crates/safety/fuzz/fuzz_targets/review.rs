//! A model may write anything: review must judge it, point only into it, and let a stream say what the whole says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use medchat_safety::{Context, Decision, ReviewStream, Urgency, review};

fuzz_target!(|input: (bool, u8, &str)| {
    let (urgent, size, answer) = input;
    let context = Context {
        patient_id: "Adam631_Cronin387_0a1b2c3d-0000-4000-8000-000000000000".to_owned(),
        urgency: if urgent { Urgency::Urgent } else { Urgency::SelfCare },
        sources: vec!["Headache".to_owned(), "NHS".to_owned()],
        ..Context::default()
    };
    let verdict = review(answer, &context);
    for violation in &verdict.violations {
        assert!(violation.span.start <= violation.span.end);
        assert!(answer.get(violation.span.start as usize..violation.span.end as usize).is_some());
    }
    assert!(verdict.decision != Decision::Allow || verdict.text == answer);

    let mut stream = ReviewStream::new(context);
    let mut shown = String::new();
    let mut rest = answer;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(usize::from(size) + 1).map_or(rest.len(), |(at, _)| at);
        let (chunk, left) = rest.split_at(end);
        shown.extend(stream.push(chunk));
        rest = left;
    }
    let last = stream.finish();
    assert!(last.decision == Decision::Replace || last.text.starts_with(&shown));
});
