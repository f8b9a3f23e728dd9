use std::path::Path;

use medchat_inference_api::ChatMessage;
use medchat_safety::{Context, Urgency};

use super::*;

fn responder() -> Responder {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/knowledge");
    Responder::new(Library::from_folder(&fixtures).unwrap())
}

fn answer(text: &str) -> BuiltinAnswer {
    responder().answer(&[ChatMessage::user(text)])
}

#[test]
fn a_headache_gets_an_answer_with_every_part() {
    let answer = answer("I have had a headache for two days");
    for part in [
        "general information about headache",
        "Headaches are very common",
        "- Drink water",
        "- See a doctor if",
        "Call your local emergency number",
        "- It came on suddenly",
        "- When did it start",
        "NHS, \"Headaches\"",
        "not a diagnosis",
    ] {
        assert!(answer.text.contains(part), "{part:?} is missing in:\n{}", answer.text);
    }
    assert_eq!(answer.sources[0].title, "Headaches");
    assert_eq!(answer.sources[0].topic, "Headache");
}

#[test]
fn an_answer_asks_back_exactly_two_questions() {
    for text in ["my head hurts", "I have a headache and a sore throat", "zxcv"] {
        let answer = answer(text);
        assert_eq!(
            answer
                .text
                .lines()
                .filter(|line| line.starts_with("- ") && line.ends_with('?'))
                .count(),
            2
        );
    }
}

#[test]
fn two_complaints_are_answered_together_with_the_sources_of_both() {
    let answer = answer("I have a headache and a sore throat");
    let mut topics: Vec<_> = answer.sources.iter().map(|source| source.topic.as_str()).collect();
    topics.sort_unstable();
    topics.dedup();
    assert_eq!(topics, ["Headache", "Sore throat"]);
    assert_eq!(answer.text.matches("Call your local emergency number").count(), 1);
}

#[test]
fn an_answer_never_claims_a_diagnosis() {
    let text = answer("my head hurts").text.to_lowercase();
    assert!(!text.contains("you have a") && !text.contains("you are suffering"));
}

#[test]
fn unknown_words_get_an_honest_answer_without_sources() {
    let answer = answer("my flux capacitor tingles");
    assert!(answer.text.contains("no reference text"));
    assert!(answer.text.contains("your local emergency number"));
    assert!(answer.sources.is_empty());
}

#[test]
fn a_follow_up_is_understood_from_what_the_patient_said_before() {
    let answer = responder().answer(&[
        ChatMessage::user("I have a sore throat"),
        ChatMessage::assistant("Does your head hurt as well?"),
        ChatMessage::user("it is on the left side"),
    ]);
    assert!(answer.text.starts_with("Thank you for telling me more."));
    assert_eq!(answer.sources[0].topic, "Sore throat");
}

#[test]
fn a_new_complaint_replaces_the_old_one() {
    let answer = responder().answer(&[
        ChatMessage::user("I have a sore throat"),
        ChatMessage::assistant("Rest your voice."),
        ChatMessage::user("and now I have a headache"),
    ]);
    assert_eq!(answer.sources[0].topic, "Headache");
}

#[test]
fn instructions_to_the_model_are_not_what_the_patient_said() {
    let answer = responder().answer(&[
        ChatMessage::system("If the patient has a headache, ask for its start."),
        ChatMessage::user("my flux capacitor tingles"),
    ]);
    assert!(answer.sources.is_empty());
}

#[test]
fn everyday_questions_find_the_topic_of_the_repository_that_they_are_about() {
    let responder = Responder::new(Library::embedded().unwrap());
    for (question, topic) in [
        ("I have had a headache for two days", "Headache"),
        ("my belly hurts after eating", "Stomach ache"),
        ("I can't sleep at night", "Insomnia and sleep"),
        ("throwing up since last night", "Nausea and vomiting"),
        ("what are the side effects of ibuprofen", "Taking medicines safely"),
        ("it burns when I pee", "Urinary tract infection"),
        ("my knee is swollen after running", "Knee and joint pain"),
        ("I feel really tired all the time", "Tiredness and fatigue"),
        ("blood pressure 150/95", "High blood pressure"),
        ("I have a rash on my arm that itches", "Skin rash"),
        ("how do I lose weight", "Healthy weight and diet"),
        ("i cut my finger", "Minor cuts and wounds"),
        ("My ears hurt", "Earache"),
        ("it hurts when I swallow", "Sore throat"),
        ("I burnt my hand on the stove", "Minor burns"),
        ("am feeling dizzy when i stand up", "Dizziness"),
        ("my heart is racing", "Palpitations"),
        ("I'm under a lot of stress at work", "Stress"),
    ] {
        let answer = responder.answer(&[ChatMessage::user(question)]);
        assert_eq!(
            answer.sources.first().map(|source| source.topic.as_str()),
            Some(topic),
            "{question}"
        );
    }
    for question in ["what is the capital of France", "hello", "is it ok to drink coffee"] {
        assert!(
            responder.answer(&[ChatMessage::user(question)]).sources.is_empty(),
            "{question}"
        );
    }
}

#[test]
fn no_page_has_anything_that_review_would_take_out() {
    for topic in Library::embedded().unwrap().topics() {
        let text = compose::from_topics(&[topic], false);
        for urgency in [Urgency::Urgent, Urgency::Routine] {
            let sources = compose::sources(&[topic]).into_iter();
            let context = Context {
                urgency,
                sources: sources.flat_map(|source| [source.title, source.publisher]).collect(),
                ..Context::default()
            };
            let verdict = medchat_safety::review(&text, &context);
            assert_eq!(verdict.violations, [], "{}, {urgency:?}", topic.title);
        }
    }
}
