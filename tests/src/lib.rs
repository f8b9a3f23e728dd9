//! End-to-end tests over HTTP, against the edge host or any base URL.
