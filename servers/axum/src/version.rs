//! The framework's version, which it does not tell itself.

const LOCK: &str = include_str!("../Cargo.lock");

/// What Cargo.lock says of axum.
pub fn framework_version() -> &'static str {
    LOCK.split("name = \"axum\"\nversion = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("unknown")
}
