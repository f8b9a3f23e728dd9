//! Access tokens and login sessions: what auth issues and the gateway checks.
