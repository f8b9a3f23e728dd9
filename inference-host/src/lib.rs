//! The native service that answers what needs a model.
