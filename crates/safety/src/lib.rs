//! Triage of what a patient says and review of what a model answers.
