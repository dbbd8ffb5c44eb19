//! Tests of tables, accessors and their complaints.
