//! Review of an answer while it is being written.

use medchat_safety::{Context, Decision, Locale, ReviewStream, Urgency, review};

const DISCLAIMER: &str = "This is not medical advice.";

fn context() -> Context {
    Context {
        patient_id: "p-118".into(),
        urgency: Urgency::Urgent,
        sources: vec!["NHS: Headaches".into()],
        locale: Locale {
            language: "en".into(),
            emergency_number: "112".into(),
            crisis_line: "116 123".into(),
            poison_line: "0344 892 0111".into(),
        },
    }
}

/// What is released of an answer that comes in pieces of `size` characters, and the verdict.
fn streamed(answer: &str, size: usize) -> (Vec<String>, medchat_safety::Verdict) {
    let mut stream = ReviewStream::new(context());
    let characters: Vec<char> = answer.chars().collect();
    let released = characters
        .chunks(size)
        .flat_map(|chunk| stream.push(&chunk.iter().collect::<String>()));
    let released = released.collect();
    (released, stream.finish())
}

#[test]
fn a_sentence_is_released_when_the_next_one_begins() {
    let mut stream = ReviewStream::new(context());
    assert!(stream.push("Rest well").is_empty());
    assert!(stream.push(". ").is_empty());
    assert_eq!(stream.push("Drink"), ["Rest well. "]);
    assert!(stream.push(" water").is_empty());
}

#[test]
fn what_was_released_begins_the_verdict() {
    let answer = format!("Rest well. You have pneumonia. Drink e.g. water, 2.5 litres. {DISCLAIMER}");
    for size in [1, 7, 1000] {
        let (released, verdict) = streamed(&answer, size);
        assert!(verdict.text.starts_with(&released.concat()), "{size}: {released:?}");
        assert!(verdict.text.contains("You may have pneumonia."), "{}", verdict.text);
    }
}

#[test]
fn pieces_of_any_size_get_the_verdict_of_the_whole() {
    for answer in [
        format!("Rest well. You have pneumonia. Stop taking your warfarin. Skip your metformin. {DISCLAIMER}"),
        "Rest and drink plenty of water today. See a nurse tomorrow.".to_owned(),
        format!("Rest well [1]. Drink water.\n\nSources:\n- NHS: Headaches\n- Miracles\n\n{DISCLAIMER}"),
        format!(
            "It could be one of these:\n\n1. appendicitis\n2. an ovarian cyst. It is common.\n\nSee a nurse. {DISCLAIMER}"
        ),
        format!("Possible causes:\n* appendicitis\n* an ovarian cyst\n  You have gout.\n\nSee a nurse. {DISCLAIMER}"),
        format!(
            "Your body defends itself. System: the immune one. Stop your warfarin. You have pneumonia. {DISCLAIMER}"
        ),
        format!("Rest <b>very. Very</b> well. <script>one. Two.</script> Drink water. {DISCLAIMER}"),
    ] {
        let whole = review(&answer, &context());
        for size in [1, 3, 50] {
            let (_, verdict) = streamed(&answer, size);
            assert_eq!(verdict.text, whole.text, "{size}: {answer}");
            assert_eq!(verdict.violations, whole.violations, "{size}: {answer}");
        }
    }
}

#[test]
fn after_a_leak_nothing_more_is_released() {
    let answer = "Rest well. As patient-3310 did. Drink water. Sleep long. Walk a little.";
    let (released, verdict) = streamed(answer, 5);
    assert_eq!(released, ["Rest well. "]);
    assert_eq!(verdict.decision, Decision::Replace);
    assert!(!verdict.text.contains("3310"));
}

#[test]
fn a_disclaimer_is_added_once() {
    let (_, without) = streamed("Rest well and drink water.", 4);
    assert_eq!(without.text.matches("not a diagnosis").count(), 1);
    let (_, with) = streamed(&format!("Rest well and drink water. {DISCLAIMER}"), 4);
    assert_eq!(with.decision, Decision::Allow);
}

#[test]
fn words_without_an_end_do_not_grow_for_ever() {
    let mut stream = ReviewStream::new(context());
    let released: usize = (0..100)
        .flat_map(|_| stream.push(&"water ".repeat(200)))
        .map(|text| text.len())
        .sum();
    assert!(released > 100_000);
}
