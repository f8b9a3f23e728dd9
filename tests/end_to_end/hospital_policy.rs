//! A hospital's own policy, in the place of Medchat's by one line of spin.toml.

use medchat_tests::{Patient, Reply, Setup, World, patient_id};

async fn ward() -> Option<World> {
    if World::is_outside() {
        return None;
    }
    Some(Setup::default().policy("hospital-policy").start().await)
}

#[tokio::test]
async fn the_hospitals_policy_says_what_is_an_emergency() {
    let Some(world) = ward().await else { return };
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("my chest freezer is broken").await;
    assert_eq!(
        answer["response"],
        "Press the red button at your bed. Outside: call 911."
    );
    assert_eq!(answer["metadata"]["triage"]["findings"][0]["rule"], "ward.chest");
    assert_eq!(world.ollama.chats(), 0);
}

#[tokio::test]
async fn the_hospitals_policy_says_what_is_none() {
    let Some(world) = ward().await else { return };
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("my face droops and my arm is weak").await;
    assert_eq!(answer["metadata"]["emergency_detected"], false);
    assert_eq!(world.ollama.chats(), 1);
}

#[tokio::test]
async fn the_hospitals_policy_adds_to_an_answer() {
    let Some(world) = ward().await else { return };
    world.ollama.reply_with(Reply::words(["Rest and drink."]));
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("I have a cold").await;
    assert_eq!(
        answer["response"],
        "Rest and drink.\n\nThe nurses of ward 7 are there day and night."
    );
}

#[tokio::test]
async fn the_hospitals_policy_holds_an_answer_back() {
    let Some(world) = ward().await else { return };
    world.ollama.reply_with(Reply::words(["Take 400 mg."]));
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("what helps against a headache?").await;
    assert_eq!(answer["response"], "Please ask the ward's pharmacist about doses.");
    assert_eq!(answer["metadata"]["review"]["violations"][0]["rule"], "ward.dose");
}
