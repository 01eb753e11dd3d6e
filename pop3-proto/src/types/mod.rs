//! Values that commands and responses carry.

mod capability;
mod message_number;
mod timestamp;
mod unique_id;

pub use capability::{Capabilities, Capability, Expire, Mechanisms};
pub use message_number::MessageNumber;
pub use timestamp::{Timestamp, timestamp};
pub use unique_id::UniqueId;
