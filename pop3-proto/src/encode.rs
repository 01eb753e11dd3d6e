//! The encoder's entry points.

pub use crate::response::encode::DotEncoder;
