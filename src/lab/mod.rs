//! The registry that misbehaves on request.
