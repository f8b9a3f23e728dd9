//! Exact sliding-window rate limit over a store with compare-and-swap.
//!
//! Each client has a log of the times of its admitted requests. A request is admitted if fewer than the limit lie in the
//! minute and in the hour before it; then its own time is added with a compare-and-swap, so that of any number of
//! simultaneous requests exactly as many pass as the limit says. A refused request writes nothing and
//! an admitted one once, but for the very first requests of a client, which also settle who creates its log.

mod admit;
mod window;

pub use admit::{Begun, Store, admit};
pub use window::{Decision, Limits};
