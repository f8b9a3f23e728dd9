//! Lays topics out as an answer: general information with its sources, never a diagnosis.

use medchat_inference_api::Source;

use super::topic::Topic;

/// Items of a list that an answer about one topic shows at most; about two, it shows half as many of each.
const ITEMS: usize = 6;

/// Questions that an answer asks back.
const QUESTIONS: usize = 2;

const CLOSING: &str = "This is general information, not a diagnosis. A doctor, nurse or pharmacist who knows you and \
                       can examine you can tell you what it means for you.";

/// An answer from one topic or two, the better one first.
pub(super) fn from_topics(topics: &[&Topic], is_follow_up: bool) -> String {
    let names = topics
        .iter()
        .map(|topic| in_a_sentence(&topic.title))
        .collect::<Vec<_>>()
        .join(" and about ");
    let mut answer = if is_follow_up {
        format!(
            "Thank you for telling me more. I cannot tell what this detail means for you, but it is worth mentioning \
             to whoever examines you. Going by what you wrote before, here is general information about {names}."
        )
    } else {
        format!(
            "Thank you for telling me about this; it is good that you ask. I cannot examine you, but here is general \
             information about {names} that may help."
        )
    };
    let items = ITEMS / topics.len().max(1);
    for topic in topics {
        section(
            &mut answer,
            &format!("What is known about {}", in_a_sentence(&topic.title)),
        );
        answer.push_str(&topic.what_it_is);
        section(&mut answer, "What you can do yourself");
        list(&mut answer, topic.self_care.iter().take(items));
        section(&mut answer, "When to see someone");
        list(&mut answer, topic.when_to_see_someone.iter().take(items));
    }
    section(
        &mut answer,
        "Call your local emergency number, or go to an emergency department, if",
    );
    // Red flags are never cut short.
    list(&mut answer, distinct(topics.iter().flat_map(|topic| &topic.red_flags)));
    section(&mut answer, "Two questions, so that I can be more specific");
    let per_topic = QUESTIONS.div_ceil(topics.len().max(1));
    list(
        &mut answer,
        topics.iter().flat_map(|topic| topic.questions.iter().take(per_topic)),
    );
    section(&mut answer, "Sources");
    let mut names: Vec<String> = Vec::new();
    for source in sources(topics) {
        let name = format!("{}, \"{}\"", source.publisher, source.title);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    list(&mut answer, names.iter());
    answer.push_str("\n\n");
    answer.push_str(CLOSING);
    answer
}

/// An honest answer when no topic matches.
pub(super) fn without_topic() -> String {
    let mut answer = String::from(
        "Thank you for your message. I have no reference text that fits what you describe, and I would rather say so \
         than guess.",
    );
    section(&mut answer, "What you can do now");
    let advice = [
        "If you feel very unwell, are getting worse quickly, or are worried that it is serious, call your local \
         emergency number.",
        "If it does not go away, comes back or troubles you, ask a pharmacist, a nurse or a doctor.",
        "Write down what you notice, when it started and what makes it better or worse, and take that with you.",
    ];
    list(&mut answer, advice.iter());
    section(&mut answer, "It would help me to know");
    let questions = [
        "What is your main complaint, in a few plain words, such as \"sore throat\" or \"pain in my knee\"?",
        "When did it start, and is it getting better, worse or staying the same?",
    ];
    list(&mut answer, questions.iter());
    answer.push_str("\n\n");
    answer.push_str(CLOSING);
    answer
}

/// The references of the topics, in the topics' order.
pub(super) fn sources(topics: &[&Topic]) -> Vec<Source> {
    topics
        .iter()
        .flat_map(|topic| {
            topic.references.iter().map(|reference| Source {
                title: reference.name.clone(),
                publisher: reference.publisher.clone(),
                url: reference.url.clone(),
                topic: topic.title.clone(),
            })
        })
        .collect()
}

fn section(answer: &mut String, heading: &str) {
    answer.push_str("\n\n");
    answer.push_str(heading);
    answer.push_str(":\n");
}

fn list(answer: &mut String, items: impl Iterator<Item = impl AsRef<str>>) {
    for (position, item) in items.enumerate() {
        if position > 0 {
            answer.push('\n');
        }
        answer.push_str("- ");
        answer.push_str(item.as_ref());
    }
}

fn distinct<'a>(items: impl Iterator<Item = &'a String>) -> impl Iterator<Item = &'a String> {
    let mut seen = std::collections::HashSet::new();
    items.filter(move |item| seen.insert(item.as_str()))
}

/// "Sore throat" is "sore throat" within a sentence, "COVID-19" stays as it is.
fn in_a_sentence(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain([second]).chain(letters).collect()
        }
        _ => title.to_owned(),
    }
}
