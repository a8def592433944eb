//! The prompt file.
