//! The store-sqlite component.
