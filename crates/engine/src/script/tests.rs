//! Limits, results and errors.
