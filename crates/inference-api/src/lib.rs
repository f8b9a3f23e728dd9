//! Wire types of the inference host.
