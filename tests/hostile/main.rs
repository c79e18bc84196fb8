//! Texts and answers that nobody means well with: no panic, nothing of them in an error, bounded memory and time.

mod answers;
#[path = "../support/listener.rs"]
mod listener;
mod texts;
