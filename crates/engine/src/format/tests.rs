//! Shapes and limits.
