//! The medchat command.
fn main() {}
