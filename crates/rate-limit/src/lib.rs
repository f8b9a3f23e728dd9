//! Exact sliding-window rate limit over a store with compare-and-swap.
