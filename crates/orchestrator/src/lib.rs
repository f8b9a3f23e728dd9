//! One consultation turn, from the patient's message to a reviewed answer.
