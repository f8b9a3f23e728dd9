//! A stand-in for Ollama that speaks its real wire format, faults included. Tests only.
