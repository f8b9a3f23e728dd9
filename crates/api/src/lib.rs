//! Request and response bodies, problem details, header names, limits and routes of Medchat's HTTP contract.
