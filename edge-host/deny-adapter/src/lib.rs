//! Answers every capability that a dependency was not granted with a denial.
