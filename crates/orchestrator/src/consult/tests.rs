use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures::executor::block_on;
use medchat_api::chat::Source;
use medchat_bindings::policy::review::{Decision, Verdict, Violation};
use medchat_bindings::policy::triage::{Finding, Span};
use medchat_inference_api::{ChatMessage, Role};

use super::*;
use crate::collaborators::{ModelAnswer, ModelError};

/// A system in which each part can be made to fail, and which notes what was asked of it.
struct System {
    urgency: Urgency,
    opened: RefCell<Option<Result<Opened, Error>>>,
    memory: Vec<Turn>,
    model: Result<ModelAnswer, ModelError>,
    verdict: Option<Verdict>,
    completed: RefCell<Result<(), Error>>,
    calls: RefCell<Vec<&'static str>>,
    asked: RefCell<Vec<ChatMessage>>,
    kept: RefCell<Option<Answer>>,
    warnings: RefCell<Vec<&'static str>>,
    time: Cell<u64>,
    /// How many pauses the model takes.
    slowness: u32,
}

/// Pending once.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

impl Default for System {
    fn default() -> Self {
        Self {
            urgency: Urgency::SelfCare,
            opened: RefCell::new(None),
            memory: Vec::new(),
            model: Ok(ModelAnswer {
                text: "Rest and drink.".into(),
                model: "medgemma".into(),
                degraded: false,
                sources: vec![Source {
                    title: "Headaches".into(),
                    publisher: "NHS".into(),
                    url: None,
                }],
            }),
            verdict: None,
            completed: RefCell::new(Ok(())),
            calls: RefCell::default(),
            asked: RefCell::default(),
            kept: RefCell::default(),
            warnings: RefCell::default(),
            time: Cell::new(1_800_000_000_000),
            slowness: 0,
        }
    }
}

impl Collaborators for System {
    fn triage(&self, _: &str, _: &Background, locale: &Locale) -> Assessment {
        self.calls.borrow_mut().push("triage");
        let serious = matches!(self.urgency, Urgency::Emergency | Urgency::Urgent);
        Assessment {
            urgency: self.urgency,
            findings: serious
                .then(|| Finding {
                    rule: "chest-pain.crushing".into(),
                    category: "cardiac".into(),
                    urgency: self.urgency,
                    words: "crushing".into(),
                    span: Span { start: 0, end: 8 },
                    guideline: "NICE CG95".into(),
                })
                .into_iter()
                .collect(),
            advice: if serious {
                format!("Call {} now.", locale.emergency_number)
            } else {
                String::new()
            },
        }
    }

    fn review(&self, answer: &str, _: &Context) -> Verdict {
        self.calls.borrow_mut().push("review");
        self.verdict.clone().unwrap_or(Verdict {
            decision: Decision::Allow,
            text: answer.to_owned(),
            violations: Vec::new(),
        })
    }

    async fn open_turn(&self, turn: NewTurn) -> Result<Opened, Error> {
        self.calls.borrow_mut().push("open");
        self.opened
            .borrow_mut()
            .take()
            .unwrap_or_else(|| Ok(Opened::Claimed(turn_of(turn, None))))
    }

    async fn renew_claim(&self, _: &str, _: &Owner, claimed_until: u64) -> Result<(), Error> {
        assert!(claimed_until > self.now());
        self.calls.borrow_mut().push("renew");
        Ok(())
    }

    async fn complete_turn(&self, _: &str, _: &Owner, answer: &Answer) -> Result<(), Error> {
        self.calls.borrow_mut().push("complete");
        *self.kept.borrow_mut() = Some(answer.clone());
        self.completed.borrow().clone()
    }

    async fn release_turn(&self, _: &str, _: &Owner) -> Result<(), Error> {
        self.calls.borrow_mut().push("release");
        Ok(())
    }

    async fn memory(&self, _: &Owner, _: u32) -> Result<Vec<Turn>, Error> {
        self.calls.borrow_mut().push("memory");
        Ok(self.memory.clone())
    }

    async fn ask(&self, messages: Vec<ChatMessage>) -> Result<ModelAnswer, ModelError> {
        self.calls.borrow_mut().push("ask");
        *self.asked.borrow_mut() = messages;
        for _ in 0..self.slowness {
            yield_now().await;
        }
        self.model.clone()
    }

    async fn pause(&self, _: Duration) {
        yield_now().await;
    }

    fn now(&self) -> u64 {
        self.time.get()
    }

    fn elapsed(&self) -> Duration {
        self.time.set(self.time.get() + 1);
        Duration::from_millis(self.time.get())
    }

    fn warn(&self, event: &'static str, _: &str) {
        self.warnings.borrow_mut().push(event);
    }
}

fn turn_of(new: NewTurn, answer: Option<Answer>) -> Turn {
    Turn {
        id: new.id,
        created_at: new.created_at,
        input_type: new.input_type,
        message: new.message,
        answer,
    }
}

fn past_turn(message: &str, response: &str) -> Turn {
    Turn {
        id: "t-0".into(),
        created_at: 1,
        input_type: InputType::Text,
        message: message.into(),
        answer: Some(Answer {
            response: response.into(),
            metadata: "{}".into(),
            answered_at: 2,
        }),
    }
}

fn run(system: &System) -> Result<Answered, TurnError> {
    let settings = Settings {
        locale: Locale {
            language: "en".into(),
            emergency_number: "112".into(),
            crisis_line: "116 123".into(),
            poison_line: "111".into(),
        },
        memory_turns: 6,
    };
    let owner = Owner {
        patient_id: "p".into(),
        session_id: "s".into(),
    };
    let question = Question::new(owner, "t-1".into(), "my head hurts".into(), None).unwrap();
    block_on(consult(system, &settings, question))
}

fn metadata(answered: &Answered) -> Metadata {
    serde_json::from_str(&answered.metadata).unwrap()
}

#[test]
fn an_ordinary_question_is_kept_before_the_model_is_asked_and_reviewed_before_it_is_answered() {
    let system = System::default();
    let answered = run(&system).unwrap();
    assert_eq!(answered.response, "Rest and drink.");
    assert_eq!(
        *system.calls.borrow(),
        ["triage", "open", "memory", "ask", "review", "complete"]
    );
}

#[test]
fn the_metadata_names_the_model_its_sources_and_every_step() {
    let metadata = metadata(&run(&System::default()).unwrap());
    assert_eq!(metadata.model.as_deref(), Some("medgemma"));
    assert_eq!(metadata.sources[0].publisher, "NHS");
    let steps: Vec<_> = metadata.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["triage", "open", "memory", "chat", "review"]);
}

#[test]
fn what_is_kept_is_what_is_answered() {
    let system = System::default();
    let answered = run(&system).unwrap();
    let kept = system.kept.take().unwrap();
    assert_eq!((kept.response, kept.metadata), (answered.response, answered.metadata));
}

#[test]
fn an_emergency_is_answered_without_asking_a_model() {
    let system = System {
        urgency: Urgency::Emergency,
        ..System::default()
    };
    let answered = run(&system).unwrap();
    assert_eq!(answered.response, "Call 112 now.");
    assert!(metadata(&answered).emergency_detected);
    assert_eq!(*system.calls.borrow(), ["triage", "open", "complete"]);
}

#[test]
fn an_emergency_is_answered_even_if_the_store_is_down() {
    let system = System {
        urgency: Urgency::Emergency,
        opened: RefCell::new(Some(Err(Error::Unavailable("disk".into())))),
        ..System::default()
    };
    assert_eq!(run(&system).unwrap().response, "Call 112 now.");
    assert_eq!(*system.warnings.borrow(), ["open turn"]);
}

#[test]
fn the_claim_on_a_turn_is_kept_for_as_long_as_the_model_takes() {
    let system = System {
        slowness: 4,
        ..System::default()
    };
    run(&system).unwrap();
    let calls = system.calls.borrow();
    assert!(calls.iter().filter(|call| **call == "renew").count() >= 2, "{calls:?}");
    assert_eq!(calls.last(), Some(&"complete"));
}

#[test]
fn a_quick_answer_needs_no_renewal() {
    let system = System::default();
    run(&system).unwrap();
    assert!(!system.calls.borrow().contains(&"renew"));
}

#[test]
fn an_answer_that_came_second_is_not_shown() {
    let system = System {
        completed: RefCell::new(Err(Error::Conflict)),
        ..System::default()
    };
    assert_eq!(run(&system), Err(TurnError::InProgress));
}

#[test]
fn an_emergency_is_answered_and_kept_even_if_its_key_is_anothers() {
    for found in [Opened::InProgress, Opened::KeyReused] {
        let system = System {
            urgency: Urgency::Emergency,
            opened: RefCell::new(Some(Ok(found))),
            ..System::default()
        };
        assert_eq!(run(&system).unwrap().response, "Call 112 now.");
        assert_eq!(*system.calls.borrow(), ["triage", "open", "open", "complete"]);
    }
}

#[test]
fn an_ordinary_question_is_refused_if_it_cannot_be_kept() {
    let system = System {
        opened: RefCell::new(Some(Err(Error::Unavailable("disk".into())))),
        ..System::default()
    };
    assert_eq!(run(&system), Err(TurnError::StoreUnavailable));
    assert!(!system.calls.borrow().contains(&"ask"));
}

#[test]
fn an_urgent_finding_stands_before_what_the_model_says() {
    let system = System {
        urgency: Urgency::Urgent,
        ..System::default()
    };
    assert_eq!(run(&system).unwrap().response, "Call 112 now.\n\nRest and drink.");
}

#[test]
fn a_turn_that_no_model_answers_is_released_and_the_patient_is_told_where_help_is() {
    let system = System {
        model: Err(ModelError::Refused(503)),
        ..System::default()
    };
    let Err(TurnError::ModelUnavailable(advice)) = run(&system) else {
        panic!("an answer without a model")
    };
    assert!(
        advice.contains("112") && advice.contains("116 123") && advice.contains("kept"),
        "{advice}"
    );
    assert_eq!(system.calls.borrow().last(), Some(&"release"));
}

#[test]
fn a_repeated_request_gets_the_same_answer_and_asks_nobody() {
    let earlier = past_turn("my head hurts", "Rest.");
    let system = System {
        opened: RefCell::new(Some(Ok(Opened::Answered(earlier)))),
        ..System::default()
    };
    let answered = run(&system).unwrap();
    assert_eq!(
        (answered.turn_id.as_str(), answered.response.as_str()),
        ("t-0", "Rest.")
    );
    assert_eq!(*system.calls.borrow(), ["triage", "open"]);
}

#[test]
fn a_request_whose_twin_is_being_answered_is_refused() {
    let system = System {
        opened: RefCell::new(Some(Ok(Opened::InProgress))),
        ..System::default()
    };
    assert_eq!(run(&system), Err(TurnError::InProgress));
}

#[test]
fn a_turn_that_was_cleared_meanwhile_is_not_answered() {
    let system = System {
        completed: RefCell::new(Err(Error::NotFound)),
        ..System::default()
    };
    assert_eq!(run(&system), Err(TurnError::Cleared));
}

#[test]
fn the_model_is_reminded_of_the_conversation_in_its_order() {
    let system = System {
        memory: vec![past_turn("I slept badly", "Since when?")],
        ..System::default()
    };
    run(&system).unwrap();
    let asked = system.asked.borrow();
    let said: Vec<_> = asked
        .iter()
        .map(|message| (message.role, message.content.as_str()))
        .skip(1)
        .collect();
    assert_eq!(
        said,
        [
            (Role::User, "I slept badly"),
            (Role::Assistant, "Since when?"),
            (Role::User, "my head hurts")
        ]
    );
}

#[test]
fn a_replaced_answer_shows_neither_its_words_nor_its_sources() {
    let verdict = Verdict {
        decision: Decision::Replace,
        text: "I cannot say that.".into(),
        violations: vec![Violation {
            rule: "foreign-patient".into(),
            span: Span { start: 0, end: 4 },
        }],
    };
    let system = System {
        verdict: Some(verdict),
        ..System::default()
    };
    let answered = run(&system).unwrap();
    assert_eq!(answered.response, "I cannot say that.");
    let metadata = metadata(&answered);
    assert!(metadata.sources.is_empty());
    assert_eq!(metadata.review.violations[0].rule, "foreign-patient");
}
