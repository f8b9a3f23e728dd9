//! The `streaming` interface.

use crate::Policy;
use crate::bindings::exports::medchat::policy::review::{Context, Verdict};
use crate::bindings::exports::medchat::policy::streaming::{Guest, GuestReviewStream};
use crate::review::{context, verdict};
use std::cell::RefCell;

/// An answer under review; its context, and the review until it ends.
pub struct ReviewStream {
    context: medchat_safety::Context,
    review: RefCell<Option<medchat_safety::ReviewStream>>,
}

impl Guest for Policy {
    type ReviewStream = ReviewStream;
}

impl GuestReviewStream for ReviewStream {
    fn new(given: Context) -> Self {
        let context = context(given);
        Self {
            review: RefCell::new(Some(medchat_safety::ReviewStream::new(context.clone()))),
            context,
        }
    }

    fn push(&self, chunk: String) -> Vec<String> {
        let mut review = self.review.borrow_mut();
        review.as_mut().map(|review| review.push(&chunk)).unwrap_or_default()
    }

    fn finish(&self) -> Verdict {
        let review = self.review.take();
        let review = review.unwrap_or_else(|| medchat_safety::ReviewStream::new(self.context.clone()));
        verdict(review.finish())
    }
}
